import { bySystem } from './audit/audit-log.js';
import type { Usher } from './compose/compose.js';
import { crowd, houses, type Part, type Player, password, players } from './demo/cast.js';
import { notebookPath, notebookRoutes } from './demo/notebook.js';
import { writePast } from './demo/past.js';
import { sitDown } from './demo/sitting.js';
import { type Week, weekOf } from './demo/week.js';
import { systemClock } from './kernel/clock.js';
import type { LicenceId, OwnerId, UserId } from './kernel/ids.js';
import type { RunningServer } from './main.js';

const dayMs = 86_400_000;

/** The settings that make the demonstration's administrator the first staff account. */
export const firstAccount = { ADMIN_EMAIL: 'admin@demo.example', ADMIN_PASSWORD: password };

/** What its server has that no other has. */
export const demoParts = () => ({ routes: notebookRoutes() });

/**
 * Fills a demonstration: three institutes with licences in every state, some forty people, a week to look back on, and people
 * who sit there now. Run again it only has them sit down again. Never for a server that strangers can reach: the password is
 * printed here.
 */
export async function demo({ usher, url }: RunningServer): Promise<void> {
  const isNew = (await findOwner(usher, houses[0]?.name ?? '')) === null;
  if (isNew) await build(usher);
  const licences = await licencesByName(usher);
  for (const { parts } of houses) {
    for (const part of parts) await fill(usher, part, licences, isNew);
  }
  console.error(
    `A demonstration: the lab notebook is at ${url}${notebookPath}, the console at ${url}/admin/. Sign in as ` +
      `${players.map(({ email }) => email.replace('@demo.example', '')).join(', ')} @demo.example, password "${password}".`,
  );
}

async function findOwner(usher: Usher, name: string): Promise<OwnerId | null> {
  const found = await usher.owners.list({ visible: 'everything', q: name }, { limit: 1, cursor: null });
  return (found.items[0]?.id as OwnerId | undefined) ?? null;
}

/** Institutes, licences, people and their week. The first institute comes last: with it all is there. */
async function build(usher: Usher): Promise<void> {
  const users = new Map<string, UserId>();
  for (const player of [...players, ...crowd]) users.set(player.email, await account(usher, player));
  const weeks: Week[] = [];
  for (const { parts, ...owner } of [...houses].reverse()) {
    const ownerId = (await usher.owners.create(owner, bySystem)).id as OwnerId;
    for (const part of parts) weeks.push(await add(usher, ownerId, part, users));
  }
  await writePast(usher.filling.dataSource, weeks);
}

/** The id of the account, new or not. */
async function account(usher: Usher, { email, name, role }: Player): Promise<UserId> {
  const known = await usher.filling.users.findForSignIn(email);
  if (known !== null) return known.id;
  const given = { email, name, verified: true, roles: [role ?? 'user'], ...(role !== undefined && { password }) };
  return (await usher.accounts.create(given, bySystem)).id;
}

/** A licence with its members. Answers what has happened there. */
async function add(usher: Usher, ownerId: OwnerId, part: Part, users: ReadonlyMap<string, UserId>): Promise<Week> {
  const nowMs = systemClock.nowMs();
  const on = (days: number | undefined) => (days === undefined ? null : new Date(nowMs + days * dayMs));
  const { result: licence } = await usher.licences.create(
    {
      ...{ ownerId, name: part.name, seats: part.seats, validFrom: on(part.fromDays), validTo: on(part.toDays) },
      ...(part.policy !== undefined && { policy: part.policy }),
    },
    bySystem,
  );
  const members = part.members.flatMap((name) => users.get(`${name}@demo.example`) ?? []);
  const added = members.map((userId) => ({ userId }));
  await usher.members.change(licence.id, bySystem, (change) =>
    usher.members.addWithin(change, licence.id, added, 'everything'),
  );
  const untilMs = nowMs + Math.min(0, part.toDays ?? 0) * dayMs;
  return weekOf({ licenceId: licence.id, seats: part.seats, noon: part.noon, members, nowMs, untilMs });
}

async function licencesByName(usher: Usher): Promise<ReadonlyMap<string, LicenceId>> {
  const { items } = await usher.licences.list({ visible: 'everything' }, { limit: 200, cursor: null });
  return new Map(items.map(({ name, id }) => [name, id]));
}

/** Has people sit down, then does with the licence what was done with it. */
async function fill(usher: Usher, part: Part, licences: ReadonlyMap<string, LicenceId>, isNew: boolean): Promise<void> {
  const id = licences.get(part.name);
  if (id === undefined) return;
  await sitDown(
    usher,
    id,
    part.members.slice(0, part.sitting).map((name) => `${name}@demo.example`),
  );
  if (!isNew || part.afterwards === undefined) return;
  if (part.afterwards === 'suspended') await usher.licences.suspend(id, {}, bySystem);
  else await usher.licences.patch(id, { seats: part.afterwards.seats, whenLowered: 'drain' }, bySystem);
}

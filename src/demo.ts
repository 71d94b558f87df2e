import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** By the name of each part the licence that was made for it. */
type Made = ReadonlyMap<string, LicenceId>;

/**
 * Fills a demonstration: three institutes with licences in every state, some forty people, a week to look back on, and people
 * who sit there now. Run again on the same `folder`, where it notes what it has made, it only has them sit down again. Never
 * for a server that strangers can reach: the password is printed here.
 */
export async function demo({ usher, url }: RunningServer, folder: string): Promise<void> {
  const before = madeBefore(folder);
  const made = before ?? (await build(usher));
  if (before === null) writeFileSync(noteIn(folder), JSON.stringify([...made]));
  for (const { parts } of houses) {
    for (const part of parts) await fill(usher, part, made, before === null);
  }
  console.error(
    `A demonstration: the lab notebook is at ${url}${notebookPath}, the console at ${url}/admin/. Sign in as ` +
      `${players.map(({ email }) => email.replace('@demo.example', '')).join(', ')} @demo.example, password "${password}".`,
  );
}

function noteIn(folder: string): string {
  return join(folder, 'demonstration.json');
}

function madeBefore(folder: string): Made | null {
  try {
    return new Map<string, LicenceId>(JSON.parse(readFileSync(noteIn(folder), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Institutes, licences, people and their week. Answers which licences were made. */
async function build(usher: Usher): Promise<Made> {
  const users = new Map<string, UserId>();
  for (const player of [...players, ...crowd]) users.set(player.email, await account(usher, player));
  const weeks: Week[] = [];
  const made = new Map<string, LicenceId>();
  for (const { parts, ...owner } of [...houses].reverse()) {
    const ownerId = (await usher.owners.create(owner, bySystem)).id as OwnerId;
    for (const part of parts) {
      const { licenceId, week } = await add(usher, ownerId, part, users);
      weeks.push(week);
      made.set(part.name, licenceId);
    }
  }
  await writePast(usher.filling.dataSource, weeks);
  return made;
}

/** The id of the account, new or not. */
async function account(usher: Usher, { email, name, role }: Player): Promise<UserId> {
  const known = await usher.filling.users.findForSignIn(email);
  if (known !== null) return known.id;
  const given = { email, name, verified: true, roles: [role ?? 'user'], ...(role !== undefined && { password }) };
  return (await usher.accounts.create(given, bySystem)).id;
}

/** A licence with its members. Answers which it is, and what has happened there. */
async function add(usher: Usher, ownerId: OwnerId, part: Part, users: ReadonlyMap<string, UserId>) {
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
  const week = weekOf({ licenceId: licence.id, seats: part.seats, noon: part.noon, members, nowMs, untilMs });
  return { licenceId: licence.id, week };
}

/** Has people sit down, then does with the licence what was done with it. */
async function fill(usher: Usher, part: Part, made: Made, isNew: boolean): Promise<void> {
  const id = made.get(part.name);
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

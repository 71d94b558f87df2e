import { schema } from '../../ormconfig.js';
import type { LicenceId, UserId } from '../../src/kernel/ids.js';
import { createDataSource } from '../../src/platform/postgres.js';
import type { SessionEvent } from '../../src/sessions/store.js';
import type { Guest } from './guest.js';
import { UsageLab } from './usage-lab.js';
import type { WholeServer } from './whole-server.js';
import { type Account, password } from './world.js';

const hourMs = 3_600_000;

/** An institute with a licence of five seats, people who sit in it, and a busy week behind it. */
export interface LicenceScene {
  readonly ownerId: string;
  readonly licenceId: string;
  /** Members with names, in the order in which they signed in; the first two are inside. */
  readonly people: readonly Account[];
  readonly guests: readonly Guest[];
}

/** Makes the scene. */
export async function licenceScene(server: WholeServer): Promise<LicenceScene> {
  const { root } = server.world;
  const { id: ownerId } = await root.must(201, 'POST', '/admin/api/owners', {
    name: 'Institute of Examples',
    email: 'office@institute.example',
    affiliation: 'University of Examples',
  });
  const { id: licenceId } = await root.must(201, 'POST', '/admin/api/licences', {
    ownerId,
    name: 'Chemistry',
    seats: 5,
    validTo: '2090-12-31T23:00:00Z',
    policy: { whenFull: [{ step: 'reclaim-idle', idleMinutes: 20 }, 'refuse'], maxSessionsPerUser: 2 },
  });
  const names = ['Anna Schmidt', 'Bert Ott', 'Clara Weiß', 'Dora Lang', 'Emil Brandt'];
  const people = await Promise.all(names.map((name) => person(root, name)));
  await root.must(200, 'POST', `/admin/api/licences/${licenceId}/members`, {
    emails: people.map(({ email }) => email),
  });
  await weekBehind(server, licenceId as LicenceId, people);
  const guests = [];
  for (const each of people.slice(0, 4)) guests.push(await server.world.enter(each));
  return { ownerId, licenceId, people, guests };
}

async function person(root: Guest, name: string): Promise<Account> {
  const email = `${name.split(' ')[0]?.toLowerCase()}@institute.example`;
  const { id } = await root.must(201, 'POST', '/admin/api/users', { email, name, password, roles: ['user'] });
  return { id, email, login: { identifier: email, password } };
}

/** Six working days: people come in the morning and leave in the afternoon, and at noon one is refused. */
async function weekBehind(server: WholeServer, licenceId: LicenceId, people: readonly Account[]): Promise<void> {
  const dataSource = await createDataSource(server.databaseUrl, schema).initialize();
  const nowMs = Date.now();
  const lab = new UsageLab(dataSource, nowMs);
  const events: SessionEvent[] = [];
  for (let day = 6; day >= 1; day -= 1) {
    const morning = Math.floor(nowMs / hourMs) * hourMs - day * 24 * hourMs;
    const tell = (atMs: number, kind: 'admitted' | 'released' | 'refused', used: number, who: number) =>
      events.push(
        lab.event(licenceId, {
          kind,
          atMs,
          used,
          limit: 5,
          userId: (people[who]?.id ?? null) as UserId | null,
          reason: kind === 'refused' ? 'FULL' : kind === 'released' ? 'signed-out' : null,
        }),
      );
    for (let who = 0; who < 5; who += 1) tell(morning + who * 0.6 * hourMs, 'admitted', who + 1, who);
    if (day % 2 === 0) tell(morning + 3.5 * hourMs, 'refused', 5, day % 5);
    for (let who = 0; who < 5; who += 1) tell(morning + (6 + who * 0.7) * hourMs, 'released', 4 - who, who);
  }
  await lab.bring(events.sort((a, b) => a.atMs - b.atMs));
  await dataSource.destroy();
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bySystem } from '../../src/audit/audit-log.js';
import type { UserId } from '../../src/kernel/ids.js';
import { DoctorLab, type Place } from '../support/doctor-lab.js';

const by = { ...bySystem, operator: 'tester' };

/** Something made wrong by hand, the kinds of drift it shows as, and what must hold when it was mended. */
interface Spoilt {
  readonly what: string;
  readonly kinds: readonly string[];
  spoil(lab: DoctorLab, place: Place): Promise<unknown>;
  after?(lab: DoctorLab, place: Place): Promise<void>;
}

const historyOf = async (lab: DoctorLab, ref: string) =>
  (await lab.sql('SELECT kind, reason, message FROM session_events WHERE ref = $1 ORDER BY at, kind', [ref])).map(
    ({ kind, reason, message }) => [kind, reason, message],
  );
const seated = async (lab: DoctorLab, { keys }: Place) => (await lab.redis.zRange(`${keys}:seats`, 0, -1)).length;

const cases: readonly Spoilt[] = [
  {
    what: 'a seat whose record was deleted',
    kinds: ['index-stray', 'seat-without-session'],
    spoil: (lab, { keys, sitters: [one] }) => lab.redis.del(`${keys}:s:${one.handle}`),
    async after(lab, place) {
      expect(await seated(lab, place)).toBe(2);
      expect(await historyOf(lab, place.sitters[0].ref)).toEqual([
        ['admitted', null, null],
        ['released', 'idle', null],
      ]);
    },
  },
  {
    what: 'a record whose seat is gone',
    kinds: ['session-without-seat'],
    spoil: (lab, { keys, sitters: [one] }) => lab.redis.zRem(`${keys}:seats`, one.handle),
    async after(lab, place) {
      expect(await seated(lab, place)).toBe(2);
      expect((await historyOf(lab, place.sitters[0].ref)).length).toBe(2);
    },
  },
  {
    what: 'a record that is in no index at all',
    kinds: ['session-without-seat'],
    async spoil(lab, { keys, sitters: [one] }) {
      await lab.redis.zRem(`${keys}:seats`, one.handle);
      await lab.redis.zRem(`${keys}:opened`, one.handle);
      await lab.redis.sRem(`${keys}:u:${one.id}`, one.handle);
    },
    after: async (lab, place) => expect((await historyOf(lab, place.sitters[0].ref)).length).toBe(2),
  },
  {
    what: 'a live session that is missing from the list',
    kinds: ['session-unlisted'],
    spoil: (lab, { keys, sitters: [one] }) => lab.redis.zRem(`${keys}:opened`, one.handle),
    async after(lab, { keys, licenceId }) {
      expect(await lab.redis.zCard(`${keys}:opened`)).toBe(3);
      expect((await lab.tools.store.list(licenceId, {}, 10, null)).items.length).toBe(3);
    },
  },
  {
    what: 'an entry in the list of a session that never was',
    kinds: ['listed-without-session'],
    spoil: (lab, { keys }) => lab.redis.zAdd(`${keys}:opened`, { value: 'n'.repeat(22), score: 1 }),
    after: async (lab, { keys }) => expect(await lab.redis.zScore(`${keys}:opened`, 'n'.repeat(22))).toBeNull(),
  },
  {
    what: "a stray member of a user's index",
    kinds: ['index-stray'],
    spoil: (lab, { keys, sitters: [one] }) => lab.redis.sAdd(`${keys}:u:${one.id}`, 'a'.repeat(22)),
    after: async (lab, { keys, sitters: [one] }) =>
      expect(await lab.redis.sMembers(`${keys}:u:${one.id}`)).toEqual([one.handle]),
  },
  {
    what: "another's session in a user's index",
    kinds: ['index-stray'],
    spoil: (lab, { keys, sitters: [one, two] }) => lab.redis.sAdd(`${keys}:u:${one.id}`, two.handle),
    after: async (lab, { keys, sitters: [one] }) =>
      expect(await lab.redis.sMembers(`${keys}:u:${one.id}`)).toEqual([one.handle]),
  },
  {
    what: "a live session that is missing from its user's index",
    kinds: ['index-missing'],
    spoil: (lab, { keys, sitters: [one] }) => lab.redis.del(`${keys}:u:${one.id}`),
    after: async (lab, { keys, sitters: [one] }) =>
      expect(await lab.redis.sMembers(`${keys}:u:${one.id}`)).toEqual([one.handle]),
  },
  {
    what: 'a live session that is missing from the index of clients',
    kinds: ['client-missing'],
    spoil: (lab, { keys, sitters: [one] }) => lab.redis.hDel(`${keys}:clients`, one.handle),
    after: async (lab, { keys, sitters: [one, two] }) => {
      const clients = await lab.redis.hGetAll(`${keys}:clients`);
      expect(Object.keys(clients).length).toBe(3);
      expect(clients[one.handle]).toBe(clients[two.handle]);
    },
  },
  {
    what: 'a client of a session that never was, and one of a session that has ended',
    kinds: ['client-stray', 'client-stray'],
    async spoil(lab, { keys, licenceId, sitters: [one] }) {
      await lab.tools.store.close(licenceId, { handles: [one.handle] }, { reason: 'signed-out' });
      await lab.redis.hSet(`${keys}:clients`, { ['n'.repeat(22)]: 'a', [one.handle]: 'b' });
    },
    after: async (lab, { keys }) => expect(await lab.redis.hLen(`${keys}:clients`)).toBe(2),
  },
  {
    what: 'an entry among those that do not count without a seat',
    kinds: ['uncounted-stray'],
    spoil: (lab, { keys }) =>
      lab.redis.zAdd(`${keys}:uncounted`, { value: 'u'.repeat(22), score: Date.now() + 3_600_000 }),
    async after(lab, { licenceId }) {
      expect(await lab.tools.store.seats(licenceId)).toEqual({ used: 3, limit: 2 });
    },
  },
  {
    what: 'a missing policy',
    kinds: ['policy-missing'],
    spoil: (lab, { keys }) => lab.redis.del(`${keys}:policy`),
    after: async (lab, { keys }) => expect(await lab.redis.hGet(`${keys}:policy`, 'seats')).toBe('2'),
  },
  {
    what: 'a stale policy',
    kinds: ['policy-old'],
    spoil: (lab, { licenceId }) =>
      lab.sql('UPDATE licences SET seats = 7, version = version + 1 WHERE id = $1', [licenceId]),
    after: async (lab, { keys }) => expect(await lab.redis.hGet(`${keys}:policy`, 'seats')).toBe('7'),
  },
  {
    what: 'a policy that was written by hand',
    kinds: ['policy-differs'],
    spoil: (lab, { keys }) => lab.redis.hSet(`${keys}:policy`, { seats: '9000' }),
    async after(lab, { keys, licenceId }) {
      expect(await lab.redis.hGet(`${keys}:policy`, 'seats')).toBe('2');
      const [row] = await lab.sql(
        "SELECT detail FROM audit WHERE action = 'licence.updated' AND target_id = $1 ORDER BY id DESC LIMIT 1",
        [licenceId],
      );
      expect(row?.['detail']).toMatchObject({ mended: true, operator: 'tester' });
    },
  },
  {
    what: 'a policy that is newer than Postgres',
    kinds: ['policy-ahead'],
    spoil: (lab, { keys }) => lab.redis.hSet(`${keys}:policy`, { v: '40', seats: '1' }),
    async after(lab, { keys, licenceId }) {
      expect(await lab.redis.hGet(`${keys}:policy`, 'seats')).toBe('2');
      expect(await lab.redis.hGet(`${keys}:policy`, 'v')).toBe('41');
      expect(await lab.sql('SELECT version FROM licences WHERE id = $1', [licenceId])).toEqual([{ version: 41 }]);
    },
  },
  {
    what: 'an epoch that Redis has forgotten',
    kinds: ['epoch-lost'],
    async spoil(lab, { keys, sitters: [one] }) {
      await lab.tools.accounts.patch(one.id as UserId, { name: 'Somebody else' }, by);
      await lab.redis.hDel(`${keys}:policy`, `e:${one.id}`);
    },
    after: async (lab, { keys, sitters: [one] }) =>
      expect(await lab.redis.hGet(`${keys}:policy`, `e:${one.id}`)).toBe('2'),
  },
  {
    what: 'an epoch that is ahead of Postgres',
    kinds: ['epoch-ahead', 'session-outdated'],
    spoil: (lab, { keys, sitters: [one] }) => lab.redis.hSet(`${keys}:policy`, { [`e:${one.id}`]: '30' }),
    async after(lab, { sitters: [one] }) {
      expect(await lab.sql('SELECT epoch FROM users WHERE id = $1', [one.id])).toEqual([{ epoch: 30 }]);
    },
  },
  {
    what: 'a live session of somebody who was deleted',
    kinds: ['session-of-nobody'],
    spoil: (lab, { sitters: [one] }) => lab.sql('DELETE FROM users WHERE id = $1', [one.id]),
    async after(lab, { sitters: [one] }) {
      expect((await historyOf(lab, one.ref))[1]?.[1]).toBe('account-disabled');
      const rows = await lab.sql("SELECT detail FROM audit WHERE action = 'session.ended' AND target_id = $1", [
        one.ref,
      ]);
      expect(rows).toEqual([
        { detail: { reason: 'account-disabled', userId: one.id, mended: true, operator: 'tester' } },
      ]);
    },
  },
  {
    what: 'a live session of somebody who is disabled',
    kinds: ['session-of-nobody'],
    spoil: (lab, { sitters: [one] }) => lab.sql('UPDATE users SET disabled_at = now() WHERE id = $1', [one.id]),
    after: async (lab, place) => expect(await seated(lab, place)).toBe(2),
  },
  {
    what: 'a live session of somebody who is no member',
    kinds: ['session-of-stranger'],
    spoil: (lab, { sitters: [one] }) => lab.sql('DELETE FROM members WHERE user_id = $1', [one.id]),
    after: async (lab, { sitters: [one] }) => expect((await historyOf(lab, one.ref))[1]?.[1]).toBe('member-removed'),
  },
  {
    what: 'live sessions of a suspended licence',
    kinds: [
      'policy-old',
      'session-in-suspended-licence',
      'session-in-suspended-licence',
      'session-in-suspended-licence',
    ],
    spoil: (lab, { licenceId }) =>
      lab.sql("UPDATE licences SET state = 'suspended', version = version + 1 WHERE id = $1", [licenceId]),
    after: async (lab, place) => expect(await seated(lab, place)).toBe(0),
  },
  {
    what: 'live sessions of a licence that does not exist',
    kinds: ['session-of-no-licence', 'session-of-no-licence', 'session-of-no-licence'],
    async spoil(lab, { licenceId }) {
      await lab.sql('DELETE FROM licences WHERE id = $1', [licenceId]);
      await lab.sql('DELETE FROM outbox WHERE key = $1', [`licence:${licenceId}`]);
    },
    async after(lab, place) {
      expect(await seated(lab, place)).toBe(0);
      expect(await lab.redis.hGet(`${place.keys}:policy`, 'state')).toBe('suspended');
      expect(await historyOf(lab, place.sitters[0].ref)).toContainEqual(['released', 'licence-suspended', null]);
    },
  },
  {
    what: 'an admission without a release, of a session that Redis has lost',
    kinds: ['release-missing'],
    async spoil(lab, { keys, sitters: [one] }) {
      await lab.redis.del([`${keys}:s:${one.handle}`, `${keys}:u:${one.id}`]);
      await lab.redis.zRem(`${keys}:seats`, one.handle);
      await lab.redis.zRem(`${keys}:opened`, one.handle);
      await lab.redis.hDel(`${keys}:clients`, one.handle);
    },
    after: async (lab, { sitters: [one] }) =>
      expect(await historyOf(lab, one.ref)).toEqual([
        ['admitted', null, null],
        ['released', 'idle', 'added by doctor'],
      ]),
  },
  {
    what: 'a release that was lost, of a session that has left a trace',
    kinds: ['release-missing'],
    async spoil(lab, { keys, licenceId, sitters: [one] }) {
      await lab.tools.store.close(licenceId, { handles: [one.handle] }, { reason: 'ended-by-user' });
      await lab.redis.del(`${keys}:events`);
    },
    after: async (lab, { sitters: [one] }) =>
      expect(await historyOf(lab, one.ref)).toEqual([
        ['admitted', null, null],
        ['released', 'ended-by-user', 'added by doctor'],
      ]),
  },
  {
    what: 'a release without an admission',
    kinds: ['release-without-admission'],
    async spoil(lab, { licenceId, sitters: [one] }) {
      await lab.tools.store.close(licenceId, { handles: [one.handle] }, { reason: 'signed-out' });
      await lab.tools.history.drain(licenceId);
      await lab.sql("DELETE FROM session_events WHERE ref = $1 AND kind = 'admitted'", [one.ref]);
    },
    after: async (lab, { sitters: [one] }) =>
      expect(await historyOf(lab, one.ref)).toEqual([
        ['admitted', null, 'added by doctor'],
        ['released', 'signed-out', null],
      ]),
  },
  {
    what: 'a live session without an admission',
    kinds: ['admission-missing'],
    spoil: (lab, { sitters: [one] }) => lab.sql('DELETE FROM session_events WHERE ref = $1', [one.ref]),
    async after(lab, { keys, sitters: [one] }) {
      const [row] = await lab.sql('SELECT at, used FROM session_events WHERE ref = $1', [one.ref]);
      expect(Number(row?.['at'])).toBe(await lab.redis.zScore(`${keys}:opened`, one.handle));
      expect(row?.['used']).toBe(1);
    },
  },
  {
    what: 'a session that lives though it had ended',
    kinds: ['session-revived'],
    spoil: (lab, { sitters: [one] }) =>
      lab.sql(
        `INSERT INTO session_events (id, kind, tag, licence_id, ref, user_id, at, reason, used, seat_limit)
          SELECT ref || ':released', 'released', tag, licence_id, ref, user_id, now(), 'ended-by-staff', 2, 2
          FROM session_events WHERE ref = $1`,
        [one.ref],
      ),
    after: async (lab, { keys, sitters: [one] }) =>
      expect(await lab.redis.hGet(`${keys}:s:${one.handle}`, 'r')).toBe('ended-by-staff'),
  },
  {
    what: 'a change that waits for Redis',
    kinds: ['outbox-stuck'],
    spoil: (lab, { licenceId }) =>
      lab.sql(
        `INSERT INTO outbox (kind, key, payload, created_at, next_attempt_at)
          SELECT kind, key, payload, now() - interval '1 minute', now() + interval '1 hour' FROM outbox WHERE key = $1
          ORDER BY id DESC LIMIT 1`,
        [`licence:${licenceId}`],
      ),
    after: async (lab, { licenceId }) =>
      expect(
        await lab.sql('SELECT 1 FROM outbox WHERE key = $1 AND applied_at IS NULL', [`licence:${licenceId}`]),
      ).toEqual([]),
  },
  {
    what: 'a day of overage that Redis has forgotten',
    kinds: ['overage-forgotten'],
    spoil: (lab, { keys }) => lab.redis.del(`${keys}:overage`),
    after: async (lab, { keys }) => expect(await lab.redis.zCard(`${keys}:overage`)).toBe(1),
  },
  {
    what: 'a day of overage that the history does not know',
    kinds: ['overage-unknown'],
    spoil: (lab, { keys }) => {
      const day = Math.floor(Date.now() / 86_400_000) - 3;
      return lab.redis.zAdd(`${keys}:overage`, { value: String(day), score: day });
    },
    after: async (lab, { keys }) => expect(await lab.redis.zCard(`${keys}:overage`)).toBe(1),
  },
];

describe('the doctor', () => {
  let lab: DoctorLab;

  beforeAll(async () => {
    lab = await DoctorLab.open(cases.length + 3);
  }, 120_000);

  afterAll(() => lab.close());

  it('finds nothing where nothing was touched', async () => {
    const { looked, found } = await lab.tools.doctor.examine();
    expect(found).toEqual([]);
    expect(looked.sessions).toBe(lab.places.length * 3 + 2);
  });

  it.each(cases)('finds and mends $what', async ({ kinds, spoil, after }) => {
    const place = lab.place();
    await spoil(lab, place);
    expect(await lab.kinds()).toEqual([...kinds].sort());
    const { found, left } = await lab.tools.doctor.mend(by);
    expect(left).toEqual([]);
    for (const kind of kinds) expect(found.map((one) => one.kind)).toContain(kind);
    expect(await lab.kinds()).toEqual([]);
    await after?.(lab, place);
  });

  it('finds and mends a session that does not count, of somebody whose place was not noted', async () => {
    const { handle } = lab.support;
    const keys = `{${lab.support.ref.split('.')[0]}}`;
    await lab.sql('DELETE FROM uncounted_places');
    expect(await lab.kinds()).toEqual(['session-of-stranger']);
    expect((await lab.tools.doctor.mend(by)).left).toEqual([]);
    expect(await lab.redis.zScore(`${keys}:uncounted`, handle)).toBeNull();
    expect(await lab.redis.hGet(`${keys}:s:${handle}`, 'r')).toBe('member-removed');
  });

  it('says nothing of events and changes that are on their way', async () => {
    const { licenceId, sitters } = lab.place();
    await lab.tools.store.close(licenceId, { handles: [sitters[0].handle] }, { reason: 'signed-out' });
    await lab.sql(
      `INSERT INTO outbox (kind, key, payload, created_at, next_attempt_at)
        SELECT kind, key, payload, now(), now() FROM outbox WHERE key = $1 LIMIT 1`,
      [`licence:${licenceId}`],
    );
    const { looked, found } = await lab.tools.doctor.examine();
    expect(found).toEqual([]);
    expect(looked.waiting).toBe(1);
    await lab.tools.history.drain(licenceId);
  });

  it('says nothing of a session whose time has come and that nobody has swept away yet', async () => {
    const { keys, sitters } = lab.place();
    await lab.redis.zAdd(`${keys}:seats`, { value: sitters[0].handle, score: Date.now() - 1_000 });
    expect(await lab.kinds()).toEqual([]);
  });

  it('writes nothing when it only looks', async () => {
    const { keys, sitters } = lab.place();
    await lab.redis.zRem(`${keys}:seats`, sitters[0].handle);
    const before = [await lab.redis.dbSize(), await lab.sql('SELECT count(*) FROM audit')];
    expect(await lab.kinds()).toEqual(['session-without-seat']);
    expect(await lab.kinds()).toEqual(['session-without-seat']);
    expect([await lab.redis.dbSize(), await lab.sql('SELECT count(*) FROM audit')]).toEqual(before);
  });
});

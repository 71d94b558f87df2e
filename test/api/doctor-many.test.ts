import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bySystem } from '../../src/audit/audit-log.js';
import type { UserId } from '../../src/kernel/ids.js';
import { DoctorLab, type Place } from '../support/doctor-lab.js';
import { type Guest, House } from '../support/house.js';
import { times } from '../support/pace.js';
import { redisLab } from '../support/store-lab.js';
import { openLinks } from '../support/store-links.js';

/** More than any slice holds: of the keyspace, of an index, of the history. */
const count = 1_150;

describe('the doctor of a licence with many people in it', () => {
  let lab: DoctorLab;
  let links: Awaited<ReturnType<typeof openLinks>>;
  let place: Place;
  let guests: Guest[];

  beforeAll(async () => {
    lab = await DoctorLab.open(1);
    place = lab.place();
    links = await openLinks(lab.settings['REDIS_URL'] ?? '');
    const rows = await lab.sql(
      `INSERT INTO users (id, email, email_key, roles, verified, epoch, version, created_on, updated_at)
        SELECT gen_random_uuid(), n || '@many.example.org', n || '@many.example.org', '{user}', true, 1, 1, now(), now()
        FROM generate_series(1, $1) AS n RETURNING id`,
      [count],
    );
    await lab.sql(
      "INSERT INTO members (licence_id, user_id, added_on) SELECT $1, id, now() FROM users WHERE email LIKE '%@many.%'",
      [place.licenceId],
    );
    const house = new House(redisLab(links.pair), place.licenceId, Date.now());
    guests = await times(count, 20, (i) => house.sit({ userId: String(rows[i]?.['id']) as UserId }));
    await lab.tools.history.drain(place.licenceId);
  }, 120_000);

  afterAll(async () => {
    await links.close();
    await lab.close();
  });

  it('finds nothing where nothing was touched', async () => {
    const { looked, found } = await lab.tools.doctor.examine();
    expect(found).toEqual([]);
    expect(looked.sessions).toBe(count + 5);
  }, 60_000);

  it('finds and mends each of many, wherever it lies', async () => {
    const { keys } = place;
    const handles = guests.map(({ issued }) => issued.handle);
    const [gone, unseated, unlisted] = [handles.slice(0, 260), handles.slice(500, 520), handles.slice(-15)];
    await lab.redis.del(gone.map((handle) => `${keys}:s:${handle}`));
    await lab.redis.zRem(`${keys}:seats`, unseated);
    await lab.redis.zRem(`${keys}:opened`, unlisted);
    const refs = guests.slice(900, 910).map(({ session }) => session.ref);
    await lab.sql('DELETE FROM session_events WHERE ref = ANY($1)', [refs]);

    const tally = new Map<string, number>();
    for (const kind of await lab.kinds()) tally.set(kind, (tally.get(kind) ?? 0) + 1);
    expect(Object.fromEntries(tally)).toEqual({
      'seat-without-session': 260,
      'index-stray': 260,
      'session-without-seat': 20,
      'session-unlisted': 15,
      'admission-missing': 10,
    });
    expect((await lab.tools.doctor.mend(bySystem)).left).toEqual([]);
    expect(await lab.redis.zCard(`${keys}:seats`)).toBe(count + 4 - 280);
    expect(await lab.redis.zCard(`${keys}:opened`)).toBe(count + 4 - 280);
    const [row] = await lab.sql(
      `SELECT count(*) FILTER (WHERE kind = 'admitted')::int AS admitted,
        count(*) FILTER (WHERE kind = 'released')::int AS released FROM session_events WHERE licence_id = $1`,
      [place.licenceId],
    );
    expect(row).toEqual({ admitted: count + 4, released: 280 });
  }, 120_000);
});

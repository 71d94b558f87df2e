import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { schema } from '../../ormconfig.js';
import { AuditLog } from '../../src/audit/audit-log.js';
import { systemClock } from '../../src/kernel/clock.js';
import { type LicenceId, newId } from '../../src/kernel/ids.js';
import { createLog } from '../../src/platform/log.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { createDataSource } from '../../src/platform/postgres.js';
import { SessionHistory } from '../../src/sessions/history.js';
import { eventsKey } from '../../src/sessions/keys.js';
import { licenceTag } from '../../src/sessions/session-id.js';
import { openHouse, redisLab, type StoreLab } from '../support/store-lab.js';
import { openLinks } from '../support/store-links.js';
import { freshDatabase, freshRedis, type RedisServer, type TestDatabase } from '../support/stores.js';

let redis: RedisServer;
let database: TestDatabase;
let dataSource: DataSource;
let links: Awaited<ReturnType<typeof openLinks>>;
let lab: StoreLab;

beforeAll(async () => {
  [redis, database] = await Promise.all([freshRedis(), freshDatabase()]);
  dataSource = await createDataSource(database.url, schema).initialize();
  links = await openLinks(redis.url);
  lab = redisLab(links.pair);
});

afterAll(async () => {
  await links.close();
  await dataSource.destroy();
  await Promise.all([redis.stop(), database.stop()]);
});

describe('the history', () => {
  it('is brought over from every licence, also when that of another cannot be understood', async () => {
    const broken = openHouse(lab);
    const sound = openHouse(lab);
    await sound.policy({});
    const guest = await sound.sit();
    // As another version of this server might have written it.
    await lab.link.send(broken.prefix, ['XADD', eventsKey(broken.tag), '*', 'kind', 'unheard-of']);
    const between = Array.from({ length: 120 }, () => licenceTag(newId<LicenceId>()));
    const lines: string[] = [];
    const history = new SessionHistory({
      store: lab.store,
      dataSource,
      audit: new AuditLog(dataSource, systemClock),
      log: createLog({ level: 'error', destination: { write: (line: string) => lines.push(line) } }),
      metrics: createMetrics(),
      listeners: [],
      allTags: async () => [broken.tag, ...between, sound.tag],
    });
    await history.sweep();
    const told = await dataSource.query<{ ref: string }[]>('SELECT ref FROM session_events');
    expect(told.map(({ ref }) => ref)).toEqual([guest.session.ref]);
    expect(lines.map((line) => JSON.parse(line).tag)).toEqual([broken.tag]);
    expect(await lab.link.send(broken.prefix, ['XLEN', eventsKey(broken.tag)])).toBe(1);
  });
});

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DataSource, IsNull } from 'typeorm';
import { schema } from '../../ormconfig.js';
import { AuditLog } from '../../src/audit/audit-log.js';
import { type LicenceId, newId, type OwnerId } from '../../src/kernel/ids.js';
import { licenceTable } from '../../src/licences/licence-table.js';
import { NoticeRounds } from '../../src/licences/notice-rounds.js';
import { noticeTable } from '../../src/licences/notice-table.js';
import { LicenceNotices } from '../../src/licences/notices.js';
import { MailOutbox } from '../../src/mail/mail-outbox.js';
import { createLog } from '../../src/platform/log.js';
import { createDataSource, inTransaction } from '../../src/platform/postgres.js';
import { licenceTag } from '../../src/sessions/session-id.js';
import type { SessionEvent } from '../../src/sessions/store.js';
import { headerOf, MailSink } from '../support/mail-sink.js';
import { freshDatabase, type TestDatabase } from '../support/stores.js';
import { WholeServer } from '../support/whole-server.js';

const day = 86_400_000;
const minute = 60_000;

let database: TestDatabase;
let dataSource: DataSource;
let nowMs = Date.now();
let seatsOf: Map<LicenceId, number>;
const clock = { nowMs: () => nowMs };
const log = createLog({ level: 'silent' });

beforeAll(async () => {
  database = await freshDatabase();
  dataSource = await createDataSource(database.url, schema).initialize();
  seatsOf = new Map();
});

afterAll(async () => {
  await dataSource.destroy();
  await database.stop();
});

/** A server process: what it notices, and its rounds. */
function process(sends = true) {
  const mailer = sends ? { send: async () => {} } : null;
  const metrics = { mail: () => {}, mailWaiting: () => {} };
  const mail = new MailOutbox({ dataSource, mailer, log, clock, metrics });
  const notices = new LicenceNotices({ audit: new AuditLog(dataSource, clock), mail, clock });
  return { notices, rounds: new NoticeRounds({ dataSource, notices, clock, log }) };
}

/** A licence of an owner with an address, as the tables hold it. */
async function licence(
  over: { seats?: number; validTo?: Date | null; notifyOwner?: boolean; email?: string | null } = {},
): Promise<LicenceId> {
  const { seats = 10, validTo = null, notifyOwner = true, email = 'owner@example.org' } = over;
  const [ownerId, id] = [newId<OwnerId>(), newId<LicenceId>()];
  const now = new Date(nowMs);
  await dataSource.query(
    `INSERT INTO owners (id, name, surname, email, extra, version, created_on, updated_at)
      VALUES ($1, 'Ada', 'Lovelace', $2, '{}', 1, $3, $3)`,
    [ownerId, email, now],
  );
  await dataSource.manager.insert(licenceTable, {
    id,
    ownerId,
    name: 'Engine',
    serial: `S-${id}`,
    seats,
    state: 'active',
    validFrom: null,
    validTo,
    durationDays: null,
    policy: { whenFull: ['refuse'], notifyOwner },
    version: 1,
    createdOn: now,
    updatedAt: now,
  });
  seatsOf.set(id, seats);
  return id;
}

/** Events after which so many seats are in use. */
function uses(id: LicenceId, ...used: number[]): SessionEvent[] {
  return used.map((n) => ({
    id: `${newId()}:admitted`,
    kind: 'admitted',
    tag: licenceTag(id),
    licenceId: id,
    ref: null,
    userId: null,
    atMs: nowMs,
    reason: null,
    message: null,
    by: null,
    requestId: null,
    used: n,
    limit: seatsOf.get(id) ?? 0,
  }));
}

const bring = (notices: LicenceNotices, events: SessionEvent[]) =>
  inTransaction(dataSource, (tx) => notices.brought(tx, events));
const told = async (id: LicenceId) => {
  const rows = await dataSource.manager.find(noticeTable, {
    where: { licenceId: id, told: true },
    order: { id: 'ASC' },
  });
  return rows.map(({ kind }) => kind);
};
const open = (id: LicenceId) => dataSource.manager.countBy(noticeTable, { licenceId: id, clearedAt: IsNull() });
const mails = async (id: LicenceId) =>
  (
    await dataSource.query<{ template: string }[]>(
      `SELECT template FROM mail_outbox WHERE "values"->>'serial' = $1 ORDER BY created_at, template`,
      [`S-${id}`],
    )
  ).map(({ template }) => template);
/** The whole ones, oldest first. */
const messagesIn = async (folder: string) => (await readdir(folder)).filter((name) => name.endsWith('.eml')).sort();
const audited = (id: LicenceId) =>
  dataSource.query<{ action: string; detail: object; actor_kind: string }[]>(
    'SELECT action, detail, actor_kind FROM audit WHERE target_id = $1 ORDER BY id',
    [id],
  );

async function until(condition: () => boolean | Promise<boolean>, ms = 8000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('it did not happen in time');
    await pause(30);
  }
}

describe('notices of seats', () => {
  it('are a row, an audit line and a mail to the owner, once on the way up', async () => {
    const id = await licence();
    const { notices } = process();
    await bring(notices, uses(id, 7));
    await bring(notices, uses(id, 8));
    await bring(notices, uses(id, 9, 8, 9));
    await bring(notices, uses(id, 10));
    await bring(notices, uses(id, 11));
    expect(await told(id)).toEqual(['near-80', 'full', 'over']);
    expect(await mails(id)).toEqual(['licence-full', 'licence-near-limit', 'licence-over'].sort());
    expect(await audited(id)).toEqual([
      { action: 'licence.near-limit', detail: { level: 'near-80', used: 8, limit: 10 }, actor_kind: 'system' },
      { action: 'licence.full', detail: { level: 'full', used: 10, limit: 10 }, actor_kind: 'system' },
      { action: 'licence.over', detail: { level: 'over', used: 11, limit: 10 }, actor_kind: 'system' },
    ]);
  });

  it.each([
    ['the licence does not ask for it', { notifyOwner: false }, true],
    ['the owner has no address', { email: null }, true],
    ['the address of the owner is none', { email: 'a@b, c@d\r\n' }, true],
    ['this server sends no mail', {}, false],
  ])('are no mail when %s', async (_why, over, sends) => {
    const id = await licence(over);
    await bring(process(sends).notices, uses(id, 10));
    expect(await told(id)).toEqual(['full']);
    expect(await mails(id)).toEqual([]);
  });

  it('are made once by many processes at once', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, () => licence()));
    const processes = [process(), process(), process()];
    await Promise.all(
      ids.flatMap((id) => processes.flatMap(({ notices }) => [8, 10, 9, 10].map((n) => bring(notices, uses(id, n))))),
    );
    for (const id of ids) {
      const kinds = await told(id);
      expect(kinds.filter((kind) => kind === 'full')).toHaveLength(1);
      expect(new Set(kinds).size).toBe(kinds.length);
      expect(await mails(id)).toHaveLength(kinds.length);
    }
  });

  it('are kept or dropped with the transaction that brings the events', async () => {
    const id = await licence();
    const { notices } = process();
    const work = inTransaction(dataSource, async (tx) => {
      await notices.brought(tx, uses(id, 10));
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect([await told(id), await mails(id), await audited(id)]).toEqual([[], [], []]);
    await bring(notices, uses(id, 10));
    expect(await told(id)).toEqual(['full']);
  });

  it('are made again after ten minutes clearly below, also when nothing but the round tells', async () => {
    const id = await licence();
    const { notices, rounds } = process();
    await bring(notices, uses(id, 10));
    await bring(notices, uses(id, 2));
    nowMs += 9 * minute;
    await rounds.round();
    await bring(notices, uses(id, 10, 2));
    expect(await told(id)).toEqual(['full']);
    nowMs += 11 * minute;
    await rounds.round();
    expect(await open(id)).toBe(0);
    await bring(notices, uses(id, 10));
    expect(await told(id)).toEqual(['full', 'full']);
  });

  it('notice a licence that lost seats at the next round', async () => {
    const id = await licence();
    const { notices, rounds } = process();
    await bring(notices, uses(id, 5));
    await dataSource.query('UPDATE licences SET seats = 4 WHERE id = $1', [id]);
    await rounds.round();
    expect(await told(id)).toEqual(['over']);
  });

  it('say nothing of a licence that has been deleted, and forget its use', async () => {
    const id = await licence();
    await dataSource.query('DELETE FROM licences WHERE id = $1', [id]);
    const { notices, rounds } = process();
    await bring(notices, uses(id, 10));
    expect(await audited(id)).toEqual([]);
    await rounds.round();
    expect(await dataSource.query('SELECT 1 FROM licence_use WHERE licence_id = $1', [id])).toEqual([]);
  });
});

describe('notices of an end', () => {
  it('come 30, 7 and 1 days before it, each once, however many processes look', async () => {
    const id = await licence({ validTo: new Date(nowMs + 31 * day) });
    const processes = [process(), process(), process()];
    const rounds = () => Promise.all(processes.map((one) => one.rounds.round()));
    for (let passed = 0; passed < 33; passed += 1) {
      await rounds();
      nowMs += day;
    }
    expect(await told(id)).toEqual(['expiring-30', 'expiring-7', 'expiring-1']);
    expect(await mails(id)).toEqual(['licence-expiring', 'licence-expiring', 'licence-expiring']);
    expect((await audited(id)).map(({ action }) => action)).toEqual(Array(3).fill('licence.expiring'));
  });

  it('come only as the nearest after a time without a server', async () => {
    const id = await licence({ validTo: new Date(nowMs + 5 * day) });
    await process().rounds.round();
    expect(await told(id)).toEqual(['expiring-7']);
    nowMs += 2 * day;
    await process().rounds.round();
    expect(await told(id)).toEqual(['expiring-7']);
  });

  it('do not come when it has been reached', async () => {
    const id = await licence({ validTo: new Date(nowMs - 1) });
    await process().rounds.round();
    expect(await told(id)).toEqual([]);
  });

  it('come again for another end, and not for the same one', async () => {
    const first = new Date(nowMs + 5 * day);
    const id = await licence({ validTo: first });
    const { rounds } = process();
    const renew = (to: Date) => dataSource.query('UPDATE licences SET valid_to = $1 WHERE id = $2', [to, id]);
    await rounds.round();
    await renew(new Date(nowMs + 20 * day));
    await rounds.round();
    await renew(first);
    await rounds.round();
    expect(await told(id)).toEqual(['expiring-7', 'expiring-30']);
  });
});

describe('a whole server', () => {
  it('lets people in as fast as ever while the mail server is away, says so in its metrics, and loses nothing', async () => {
    const sink = await MailSink.open();
    const { port, url } = sink;
    await sink.close();
    const server = await WholeServer.start({ SMTP_URL: url, MAIL_DIR: '' });
    try {
      const { world } = server;
      const ownerId = (await world.root.must(201, 'POST', '/admin/api/owners', { name: 'A', email: 'a@example.org' }))
        .id;
      const policy = { whenFull: ['refuse'], notifyOwner: true };
      const made = await world.root.must(201, 'POST', '/admin/api/licences', {
        ownerId,
        name: 'Lab',
        seats: 4,
        policy,
      });
      for (let i = 0; i < 4; i += 1) {
        const member = await world.account();
        await world.join(made.id, member);
        const began = performance.now();
        await world.enter(member);
        expect(performance.now() - began).toBeLessThan(2000);
      }
      const metrics = async () => (await server.client.ask('GET', '/metrics')).text;
      await until(async () => /^usher_mail_total\{outcome="postponed"\} 1$/m.test(await metrics()));
      await until(async () => /^usher_mail_waiting 1$/m.test(await metrics()));
      const back = await MailSink.open(null, port);
      await until(() => back.received.length === 1, 20_000);
      await until(async () => /^usher_mail_waiting 0$/m.test(await metrics()));
      await back.close();
    } finally {
      await server.stop();
    }
  }, 60_000);

  it('tells the owner by mail that seats run out, and that the end is near', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'usher-notices-'));
    const server = await WholeServer.start({ MAIL_DIR: folder, MAIL_FROM: 'Usher <usher@example.org>' });
    try {
      const { world } = server;
      const owner = { name: 'Institute', email: 'institute@example.org' };
      const ownerId = (await world.root.must(201, 'POST', '/admin/api/owners', owner)).id;
      const policy = { whenFull: ['refuse'], notifyOwner: true };
      const made = await world.root.must(201, 'POST', '/admin/api/licences', {
        ownerId,
        name: 'Lab',
        seats: 5,
        policy,
      });
      for (let i = 0; i < 5; i += 1) {
        const member = await world.account();
        await world.join(made.id, member);
        await world.enter(member);
        if (i === 3) await until(async () => (await messagesIn(folder)).length === 1);
      }
      await until(async () => (await messagesIn(folder)).length === 2);
      const texts = await Promise.all((await messagesIn(folder)).map((name) => readFile(join(folder, name), 'utf8')));
      expect(texts.map((text) => [headerOf(text, 'To'), headerOf(text, 'Subject')])).toEqual([
        [owner.email, 'Lab: 80 % of the seats are taken'],
        [owner.email, 'Lab: all seats are taken'],
      ]);
      const lines = (await world.root.must(200, 'GET', `/admin/api/audit?targetId=${made.id}`)).items;
      // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
      expect(lines.map((line: any) => line.action)).toEqual(
        expect.arrayContaining(['licence.full', 'licence.near-limit']),
      );
    } finally {
      await server.stop();
      await rm(folder, { recursive: true });
    }
  });
});

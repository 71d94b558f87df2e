import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { schema } from '../../ormconfig.js';
import { type Mail, MailOutbox } from '../../src/mail/mail-outbox.js';
import type { MailRow } from '../../src/mail/mail-outbox-table.js';
import { createLog } from '../../src/platform/log.js';
import { folderMailer, type Mailer, smtpMailer } from '../../src/platform/mailer.js';
import { createDataSource, inTransaction } from '../../src/platform/postgres.js';
import { decoded, headerOf, headersOf, MailSink } from '../support/mail-sink.js';
import { freshDatabase, type TestDatabase } from '../support/stores.js';

const from = { name: 'Usher', address: 'usher@example.org' };
const account = { user: 'usher', password: 'p@ss:word/%' };
const withAccount = (url: string) => url.replace('//', `//${account.user}:${encodeURIComponent(account.password)}@`);

const log = createLog({ level: 'silent' });

let database: TestDatabase;
let dataSource: DataSource;
let sink: MailSink;
let nowMs: number;
let outcomes: string[];
let waitingMails: number;
let running: MailOutbox[];

beforeAll(async () => {
  database = await freshDatabase();
  dataSource = await createDataSource(database.url, schema).initialize();
});

afterAll(async () => {
  await dataSource.destroy();
  await database.stop();
});

beforeEach(async () => {
  sink = await MailSink.open(account);
  nowMs = Date.now();
  outcomes = [];
  waitingMails = -1;
  running = [];
  await dataSource.query('DELETE FROM mail_outbox');
});

afterEach(async () => {
  await Promise.all(running.map((outbox) => outbox.stop()));
  await sink.close();
});

function outboxOn(mailer: Mailer | null = smtpMailer(withAccount(sink.url), from)): MailOutbox {
  const metrics = {
    mail: (outcome: string) => void outcomes.push(outcome),
    mailWaiting(count: number) {
      waitingMails = count;
    },
  };
  const clock = { nowMs: () => nowMs };
  const outbox = new MailOutbox({ dataSource, mailer, log, clock, metrics });
  running.push(outbox);
  return outbox;
}

const invitation = (over: Partial<Mail<'invitation'>['values']> = {}, to = 'zoe@example.org'): Mail<'invitation'> => ({
  to,
  template: 'invitation',
  values: {
    owner: 'Institute',
    licence: 'Licence',
    link: 'https://app.example.org/invitation#a-token',
    until: '1 March 2027',
    ...over,
  },
});
const enqueue = (outbox: MailOutbox, mail: Mail) => inTransaction(dataSource, (tx) => outbox.enqueue(tx, mail));
const rows = () => dataSource.manager.query<MailRow[]>('SELECT *, sent_at AS "sentAt" FROM mail_outbox');

async function until(condition: () => boolean | Promise<boolean>, ms = 5000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('it did not happen in time');
    await pause(20);
  }
}

describe('mail', () => {
  it('is sent soon after its transaction, from our address, as text and as HTML, and says that a machine wrote it', async () => {
    const outbox = outboxOn();
    outbox.start();
    await enqueue(outbox, invitation());
    await until(() => sink.received.length === 1);
    const [got] = sink.received;
    expect(got).toMatchObject({ from: from.address, to: ['zoe@example.org'], user: 'known' });
    const raw = got?.raw ?? '';
    expect(headerOf(raw, 'From')).toBe('Usher <usher@example.org>');
    expect(headerOf(raw, 'Subject')).toBe('Your invitation to Licence');
    expect(headerOf(raw, 'Auto-Submitted')).toBe('auto-generated');
    expect(decoded(raw)).toContain('\r\nhttps://app.example.org/invitation#a-token\r\n');
    expect(decoded(raw)).toContain('<a href="https://app.example.org/invitation#a-token">');
    await until(async () => (await rows())[0]?.sentAt !== null);
    await until(() => outcomes.length > 0);
    expect(outcomes).toEqual(['sent']);
  });

  it('is not sent when the transaction of what it tells is rolled back', async () => {
    const outbox = outboxOn();
    outbox.start();
    const work = inTransaction(dataSource, async (tx) => {
      await outbox.enqueue(tx, invitation());
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    await pause(400);
    expect(sink.received).toEqual([]);
    expect(await rows()).toEqual([]);
  });

  it('keeps no secret in the database once it has been sent (ASVS 14.2.4)', async () => {
    const outbox = outboxOn();
    await enqueue(outbox, invitation());
    expect(JSON.stringify(await rows())).toContain('a-token');
    outbox.start();
    await until(async () => (await rows())[0]?.sentAt !== null);
    expect((await rows())[0]?.values).toEqual({ owner: 'Institute', licence: 'Licence', until: '1 March 2027' });
  });

  it('takes a name with line breaks and tags for nothing but text (ASVS 1.3.11)', async () => {
    const outbox = outboxOn();
    outbox.start();
    const licence = 'A\r\nBcc: thief@example.org\r\n\r\n<script>alert("1")</script>\u2028{link} \u202eX';
    await enqueue(outbox, invitation({ licence }));
    await until(() => sink.received.length === 1);
    const raw = sink.received[0]?.raw ?? '';
    expect(sink.received[0]?.to).toEqual(['zoe@example.org']);
    expect(headersOf(raw).filter((line) => /^(?:bcc|cc|to):/i.test(line))).toEqual(['To: zoe@example.org']);
    expect(decoded(raw).slice(decoded(raw).indexOf('<!doctype html>'))).not.toContain('<script>');
    expect(decoded(raw)).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; {link}');
    expect(decoded(raw)).not.toContain('\u202e');
  });

  it.each([
    'zoe@example.org\r\nBcc: thief@example.org',
    'zoe@example.org, thief@example.org',
    'Zoë <zoe@example.org>',
    'zoe@example.org>\r\nRCPT TO:<thief@example.org',
    '',
  ])('refuses to be sent to %j', async (to) => {
    await expect(enqueue(outboxOn(), invitation({}, to))).rejects.toThrow();
    expect(await rows()).toEqual([]);
  });

  it.each(['javascript:alert(1)', 'https://app.example.org/" onclick="x', 'nowhere'])(
    'refuses the link %s',
    async (link) => {
      await expect(enqueue(outboxOn(), invitation({ link }))).rejects.toThrow('link');
      expect(await rows()).toEqual([]);
    },
  );

  it('waits while the mail server is away, is tried again less and less often, and loses nothing', async () => {
    const { port } = sink;
    await sink.close();
    const outbox = outboxOn(smtpMailer(withAccount(`smtp://127.0.0.1:${port}`), from));
    await enqueue(outbox, invitation());
    outbox.start();
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await until(() => outcomes.length === attempt);
      await until(
        async () =>
          (await dataSource.query(`SELECT 1 FROM mail_outbox WHERE last_error IS NOT NULL AND attempts = ${attempt}`))
            .length === 1,
      );
      const [row] = await dataSource.query<{ next: Date; error: string }[]>(
        'SELECT next_attempt_at AS next, last_error AS error FROM mail_outbox',
      );
      waits.push(Math.round(((row?.next.getTime() ?? 0) - nowMs) / 1000));
      expect(row?.error).not.toContain(account.password);
      nowMs = row?.next.getTime() ?? 0;
    }
    expect(waits).toEqual([10, 20, 40, 80]);
    expect(new Set(outcomes)).toEqual(new Set(['postponed']));
    sink = await MailSink.open(account, port);
    nowMs += 3_600_000;
    await until(() => sink.received.length === 1);
    await until(() => waitingMails === 0);
  });

  it('is given up after a day, and at once when the server refuses the addressee for good', async () => {
    const outbox = outboxOn();
    sink.refuseWith = 450;
    await enqueue(outbox, invitation());
    outbox.start();
    await until(() => outcomes.length === 1);
    nowMs += 86_400_000;
    await until(() => outcomes.length === 2);
    expect(outcomes).toEqual(['postponed', 'given-up']);
    sink.refuseWith = 550;
    await enqueue(outbox, invitation({}, 'gone@example.org'));
    await until(() => outcomes.length === 3);
    expect(outcomes[2]).toBe('given-up');
    const [gone] = await dataSource.query<{ error: string }[]>(
      "SELECT last_error AS error FROM mail_outbox WHERE recipient = 'gone@example.org'",
    );
    expect(gone?.error).toMatch(/550/);
    expect(gone?.error).not.toContain('gone@');
    await until(
      async () => (await dataSource.query('SELECT 1 FROM mail_outbox WHERE given_up_at IS NULL')).length === 0,
    );
    expect(JSON.stringify(await rows())).not.toContain('a-token');
    expect(sink.received).toEqual([]);
  });

  it('is sent once by several processes', async () => {
    const outboxes = [outboxOn(), outboxOn(), outboxOn()];
    for (let i = 0; i < 30; i += 1) await enqueue(outboxes[i % 3] as MailOutbox, invitation({}, `p${i}@example.org`));
    for (const outbox of outboxes) outbox.start();
    await until(() => sink.received.length >= 30);
    await pause(300);
    expect(sink.received.map(({ to }) => to[0]).sort()).toEqual(
      Array.from({ length: 30 }, (_, i) => `p${i}@example.org`).sort(),
    );
  });

  it('that somebody waits for goes before all that went to many earlier, and warnings before those', async () => {
    const outbox = outboxOn();
    await inTransaction(dataSource, async (tx) => {
      for (let i = 0; i < 200; i += 1) await outbox.enqueue(tx, invitation({}, `p${i}@example.org`));
    });
    nowMs += 1000;
    const reused = { browser: 'Firefox', when: 'Monday', address: '192.0.2.1', link: 'https://app.example.org/not-me' };
    await enqueue(outbox, { to: 'warned@example.org', template: 'remembered-reused', values: reused });
    await enqueue(outbox, { to: 'waits@example.org', template: 'sign-in-code', values: { code: '123456' } });
    outbox.start();
    await until(() => sink.received.length >= 10, 10_000);
    const order = sink.received.map(({ to }) => to[0]);
    // Five are sent at once.
    expect(order.indexOf('waits@example.org')).toBeGreaterThanOrEqual(0);
    expect(order.indexOf('waits@example.org')).toBeLessThan(5);
    expect(order.indexOf('warned@example.org')).toBeGreaterThanOrEqual(0);
    expect(order.indexOf('warned@example.org')).toBeLessThan(5);
    await until(() => sink.received.length === 202, 30_000);
  }, 45_000);

  it('is sent again with the same Message-ID when the process died before it could say that it was sent', async () => {
    const outbox = outboxOn();
    await enqueue(outbox, invitation());
    outbox.start();
    await until(async () => (await rows())[0]?.sentAt !== null);
    await dataSource.query('UPDATE mail_outbox SET sent_at = NULL, next_attempt_at = created_at, "values" = $1', [
      invitation().values,
    ]);
    await until(() => sink.received.length === 2);
    const ids = sink.received.map(({ raw }) => headerOf(raw, 'Message-ID'));
    expect(ids[0]).toMatch(/^<[0-9a-f-]{36}@example\.org>$/);
    expect(ids[1]).toBe(ids[0]);
  });

  it('goes into a folder instead: one whole file per message, in the order of writing, for the owner only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'usher-mail-'));
    try {
      const outbox = outboxOn(folderMailer(join(folder, 'new'), from));
      outbox.start();
      for (const to of ['a@example.org', 'b@example.org', 'c@example.org']) {
        await enqueue(outbox, invitation({ licence: 'Übung €' }, to));
        nowMs += 5;
      }
      // A message still being written has a name that begins with a dot, as in a Maildir reader's view.
      const arrived = async () => (await readdir(join(folder, 'new'))).filter((name) => !name.startsWith('.')).sort();
      await until(async () => (await readdir(folder)).length === 1 && (await arrived().catch(() => [])).length === 3);
      const names = await arrived();
      const texts = await Promise.all(names.map((name) => readFile(join(folder, 'new', name), 'utf8')));
      expect(texts.map((text) => headerOf(text, 'To'))).toEqual(['a@example.org', 'b@example.org', 'c@example.org']);
      expect(decoded(texts[0] ?? '')).toContain('invites you to work with the licence Übung €.');
      for (const name of names) expect(name).toMatch(/^\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z-[0-9a-f-]{36}\.eml$/);
      expect((await stat(join(folder, 'new', names[0] ?? ''))).mode & 0o777).toBe(0o600);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is refused where no way to send it is set up, and the answer says what to set', async () => {
    const outbox = outboxOn(null);
    expect(outbox.sends).toBe(false);
    await expect(enqueue(outbox, invitation())).rejects.toMatchObject({ slug: 'mail-not-set-up' });
    expect(await rows()).toEqual([]);
  });

  it.each(['offers no TLS', 'shows a certificate that does not hold'])(
    'is not handed to a server beyond this machine that %s (ASVS 12.3.1)',
    async (what) => {
      const other = await MailSink.open(null, 0, what === 'offers no TLS');
      try {
        // Another spelling of this machine, which is not taken for it.
        const mailer = smtpMailer(`smtp://127.1:${other.port}`, from);
        const outbox = outboxOn(mailer);
        await enqueue(outbox, invitation());
        outbox.start();
        await until(() => outcomes.length === 1);
        expect(outcomes).toEqual(['postponed']);
        expect(other.received).toEqual([]);
      } finally {
        await other.close();
      }
    },
  );

  it('does not hold up a stop when the mail server says nothing', async () => {
    const { createServer } = await import('node:net');
    // It greets, so that only the long wait for its next word would end the attempt.
    const silent = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('220 hello\r\n');
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const outbox = outboxOn(smtpMailer(`smtp://127.0.0.1:${port}`, from));
    await enqueue(outbox, invitation());
    outbox.start();
    await pause(400);
    const began = performance.now();
    await outbox.stop();
    expect(performance.now() - began).toBeLessThan(8000);
    expect(outcomes).toEqual(['postponed']);
    silent.close();
  });
});

import { userInfo } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DoctorLab } from '../support/doctor-lab.js';
import { Operator } from '../support/operator.js';
import { freshDatabase, type TestDatabase } from '../support/stores.js';

let lab: DoctorLab;

beforeAll(async () => {
  lab = await DoctorLab.open(4);
}, 60_000);

afterAll(() => lab.close());

describe('an operator, while no server runs', () => {
  let operator: Operator;

  beforeAll(() => {
    operator = new Operator(lab.settings);
  });

  const auditOf = async (action: string, target: string) =>
    (
      await lab.sql('SELECT actor_kind, detail FROM audit WHERE action = $1 AND target_id = $2 ORDER BY id', [
        action,
        target,
      ])
    ).map((row) => [row['actor_kind'], (row['detail'] as { operator?: string } | null)?.operator]);
  const mine = ['system', userInfo().username];

  it('makes, shows, disables, enables and deletes accounts, and the audit log says on whose order', async () => {
    const made = await operator.json(
      ['user', 'create', '--email', 'new@example.org', '--name', 'New One', '--role', 'staff', '--password-stdin'],
      'a long enough password\n',
    );
    expect(made).toMatchObject({ email: 'new@example.org', roles: ['staff'], hasPassword: true, disabled: false });
    expect(await operator.json(['user', 'disable', 'new@example.org'])).toMatchObject({ disabled: true });
    expect((await operator.json(['user', 'list', '--disabled'])).items).toMatchObject([{ id: made.id }]);
    expect(await operator.json(['user', 'enable', made.id])).toMatchObject({ disabled: false });
    const { status, said } = await operator.run(['user', 'delete', made.id]);
    expect([status, said]).toEqual([64, "error: required option '--yes' not specified\n"]);
    await operator.json(['user', 'delete', made.id, '--yes']);
    const gone = await operator.run(['user', 'show', made.id]);
    expect([gone.status, gone.out]).toEqual([1, '']);
    expect(gone.said).toBe(`There is no account "${made.id}": give an id, an address or a user name\n`);
    for (const action of ['created', 'disabled', 'enabled', 'deleted']) {
      expect(await auditOf(`user.${action}`, made.id)).toEqual([mine]);
    }
  }, 60_000);

  it('takes no password as an argument and none that is too short', async () => {
    const [sitter] = lab.place().sitters;
    const argument = await operator.run(['user', 'password', sitter.id, 'a long enough password']);
    expect(argument.status).toBe(64);
    const untold = await operator.run(['user', 'password', sitter.id]);
    expect([untold.status, untold.said]).toEqual([64, 'Give the password on standard input, with --password-stdin\n']);
    const short = await operator.run(['user', 'password', sitter.id, '--password-stdin'], 'short\n');
    expect([short.status, short.said]).toEqual([64, 'password: must have at least 8 characters\n']);
    expect(await lab.redis.exists(`{${sitter.ref.split('.')[0]}}:s:${sitter.handle}`)).toBe(1);
    await operator.json(['user', 'password', sitter.id, '--password-stdin'], 'a long enough password\n');
    expect(await lab.redis.hGet(`{${sitter.ref.split('.')[0]}}:s:${sitter.handle}`, 'r')).toBe('credentials-changed');
  }, 60_000);

  it('makes administrators, and no set-up link when there is staff', async () => {
    const made = await operator.json(
      ['admin', 'create', '--email', 'second@example.org', '--password-stdin'],
      'a second admin',
    );
    expect(made.roles).toEqual(['admin']);
    const taken = await operator.run(
      ['admin', 'create', '--email', 'second@example.org', '--password-stdin'],
      'a second admin',
    );
    expect([taken.status, taken.out]).toEqual([1, '']);
    expect(taken.said.split('\n')).toHaveLength(2);
    const link = await operator.run(['admin', 'link']);
    expect([link.status, link.out]).toEqual([1, '']);
    expect(link.said).toContain('There is a staff account already.');
  }, 60_000);

  it('makes licences, changes their seats, suspends, reinstates and renews them, and Redis knows at once', async () => {
    const made = await operator.json([
      'licence',
      'create',
      '--new-owner',
      'Institute',
      '--name',
      'Tools',
      '--seats',
      '3',
      '--days',
      '30',
    ]);
    expect(made).toMatchObject({ seats: 3, used: 0, state: 'active', startsOnFirstUse: true });
    const policy = () => lab.redis.hmGet(`{${made.id}}:policy`, ['seats', 'state']);
    expect(await policy()).toEqual(['3', 'active']);
    await operator.json(['licence', 'seats', made.serial, '8']);
    expect(await operator.json(['licence', 'suspend', made.id, '--drain'])).toMatchObject({ state: 'draining' });
    expect(await policy()).toEqual(['8', 'draining']);
    await operator.json(['licence', 'suspend', made.id]);
    expect(await policy()).toEqual(['8', 'suspended']);
    await operator.json(['licence', 'reinstate', made.id]);
    expect(await policy()).toEqual(['8', 'active']);
    expect(await operator.json(['licence', 'renew', made.id, '--days', '5'])).toMatchObject({ durationDays: 35 });
    const wrong = await operator.run(['licence', 'seats', made.id, '1.5']);
    expect(wrong.status).toBe(64);
    expect((await operator.run(['licence', 'renew', made.id])).status).toBe(1);
    expect((await operator.json(['licence', 'list', '--q', 'Tools'])).items).toMatchObject([{ id: made.id, seats: 8 }]);
    expect(await auditOf('licence.suspended', made.id)).toEqual([mine, mine]);
  }, 60_000);

  it('adds members, removes them, and their sessions end', async () => {
    const { licenceId, keys, sitters } = lab.place();
    const members = await operator.json(['licence', 'members', licenceId]);
    expect(members.total).toBe(3);
    await operator.json(['licence', 'remove', licenceId, sitters[0].id]);
    expect(await lab.redis.hGet(`${keys}:s:${sitters[0].handle}`, 'r')).toBe('member-removed');
    expect(await operator.json(['licence', 'add', licenceId, sitters[0].id, sitters[1].id])).toMatchObject([
      { userId: sitters[0].id, added: true },
      { userId: sitters[1].id, added: false },
    ]);
  }, 60_000);

  it('lists sessions and ends those named, those of a licence, and only counts with --dry-run', async () => {
    const { licenceId, keys, sitters } = lab.place();
    const listed = await operator.json(['session', 'list', '--licence', licenceId]);
    expect(listed.items.map(({ ref }: { ref: string }) => ref).sort()).toEqual(sitters.map(({ ref }) => ref).sort());
    expect(await operator.json(['session', 'end', sitters[0].ref, '--message', 'Maintenance'])).toEqual({ ended: 1 });
    expect(await lab.redis.hmGet(`${keys}:s:${sitters[0].handle}`, ['r', 'n'])).toEqual([
      'ended-by-staff',
      'Maintenance',
    ]);
    expect(await auditOf('session.ended', sitters[0].ref)).toEqual([mine]);
    const counted = await operator.json(['session', 'end', '--licence', licenceId, '--dry-run']);
    expect(counted).toMatchObject({ matched: 2, ended: 0 });
    expect(await operator.json(['session', 'end', '--user', sitters[1].id, '--idle', '60'])).toMatchObject({
      ended: 0,
    });
    expect(await operator.json(['session', 'end', '--licence', licenceId])).toMatchObject({ matched: 2, ended: 2 });
    expect((await operator.json(['session', 'list', '--licence', licenceId])).total).toBe(0);
    const vague = await operator.run(['session', 'end']);
    expect([vague.status, vague.out]).toEqual([64, '']);
  }, 60_000);

  it('learns why somebody was refused', async () => {
    const [sitter] = lab.place().sitters;
    const { words } = await operator.json(['explain', sitter.id, '--at', new Date().toISOString()]);
    expect(words.length).toBeGreaterThan(0);
    expect((await operator.run(['explain', 'nobody@example.org'])).status).toBe(1);
    expect((await operator.run(['explain', sitter.id, '--at', 'yesterday'])).status).toBe(64);
  }, 60_000);

  it('sees names of people as text, whatever they have in them', async () => {
    await lab.sql("UPDATE users SET name = E'\\x1b[31mred\\u202e' WHERE email = 'root@example.org'");
    const { out } = await operator.run(['user', 'show', 'root@example.org']);
    expect(out).toContain('?[31mred?');
    expect(out).not.toContain('\u001b');
  }, 60_000);
});

describe('an operator of a database that a server has never seen', () => {
  let database: TestDatabase;
  let operator: Operator;

  beforeAll(async () => {
    database = await freshDatabase();
    operator = new Operator({ ...lab.settings, DATABASE_URL: database.url });
  });

  afterAll(() => database.stop());

  it('takes steps of its schema back and forth, and works only on the newest', async () => {
    const steps: { name: string; done: boolean }[] = await operator.json(['migrate', '--status']);
    expect(steps.filter(({ done }) => !done)).toEqual([]);
    const { reverted } = await operator.json(['migrate', '--down', '2']);
    expect(reverted).toEqual(
      steps
        .slice(-2)
        .reverse()
        .map(({ name }) => name),
    );
    const old = await operator.run(['user', 'list']);
    expect([old.status, old.said]).toEqual([1, 'The database is older than this Usher: run `usher migrate` first\n']);
    expect((await operator.json(['migrate'])).taken).toEqual(steps.slice(-2).map(({ name }) => name));
    expect((await operator.run(['migrate'])).out).toBe('Nothing was to do.\n');
    expect((await operator.run(['migrate', '--down', '0'])).status).toBe(64);
    expect((await operator.json(['user', 'list'])).total).toBe(0);
  }, 60_000);

  it('gets a link that makes the first staff account, until there is one', async () => {
    const { link } = await operator.json(['admin', 'link']);
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:3000\/auth\/set-up#[\w-]{43}$/);
    await operator.json(['admin', 'create', '--email', 'a@example.org', '--password-stdin'], 'a long enough password');
    expect((await operator.run(['admin', 'link'])).status).toBe(1);
  }, 60_000);
});

describe('usher', () => {
  it('works from a shell, and its answer can be read by a program', async () => {
    const { status, json } = await new Operator(lab.settings).spawn(['user', 'list', '--json']);
    expect(status).toBe(0);
    expect(json.total).toBeGreaterThan(0);
    const typed = ['admin', 'create', '--email', 'shell@example.org', '--password-stdin', '--json'];
    const made = await new Operator(lab.settings).spawn(typed, 'a long enough password\n');
    expect([made.status, made.json.hasPassword]).toEqual([0, true]);
    const unknown = await new Operator({}).spawn(['frobnicate']);
    expect([unknown.status, unknown.out]).toEqual([64, '']);
  }, 60_000);

  it.each([
    ['a command that is none', ['frobnicate']],
    ['a command of a command that is none', ['user', 'frobnicate']],
    ['an option that is none', ['user', 'list', '--frobnicate']],
    ['an argument too many', ['user', 'show', 'a', 'b']],
    ['an argument too few', ['user', 'show']],
    ['a command without the one that says what', ['user']],
  ])('exits with 64 for %s, without looking for stores', async (_what, words) => {
    const { status, out, said } = await new Operator({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }).run(words);
    expect([status, out]).toEqual([64, '']);
    expect(said).not.toBe('');
  });

  it.each([[['--help']], [['user', '--help']], [['doctor', '--help']], [['session', 'end', '--help']]])(
    'explains itself: %j',
    async (words) => {
      const done = await new Operator({}).run(words);
      expect(done.status).toBe(0);
      expect(done.out + done.said).toContain('usher');
    },
  );

  it('says in one line that Postgres cannot be reached, and doctor exits with 2', async () => {
    const operator = new Operator({
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      REDIS_URL: 'redis://127.0.0.1:1',
      SESSION_SECRETS: 'a secret of the tests that is long enough for a key',
      PASSWORD_PEPPER: 'a pepper of the tests that is long enough for a key',
    });
    for (const [words, status] of [
      [['user', 'list'], 1],
      [['migrate'], 1],
      [['doctor'], 2],
    ] as const) {
      const done = await operator.run(words);
      expect([words, done.status, done.out]).toEqual([words, status, '']);
      expect(done.said).toMatch(/^Postgres cannot be used, see DATABASE_URL: [^\n]+\n$/);
    }
  }, 60_000);

  it('names every fault of the settings and exits with 78', async () => {
    for (const words of [['user', 'list'], ['doctor'], ['migrate']]) {
      const done = await new Operator({ PORT: 'x', LOG_LEVEL: 'loud' }).run(words);
      expect(done.status).toBe(78);
      expect(done.said).toContain('PORT');
      expect(done.said).toContain('LOG_LEVEL');
    }
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hash as argon2 } from '@node-rs/argon2';
import bcrypt from 'bcrypt';
import { Client } from 'pg';
import { Operator } from '../support/operator.js';
import { testSettings, WholeServer } from '../support/whole-server.js';

let server: WholeServer;
let operator: Operator;
let folder: string;
let database: Client;

beforeAll(async () => {
  server = await WholeServer.start();
  operator = new Operator({ ...testSettings, ...server.stores });
  folder = await mkdtemp(join(tmpdir(), 'usher-import-'));
  database = new Client({ connectionString: server.databaseUrl });
  await database.connect();
}, 60_000);

afterAll(async () => {
  await database.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function importing(text: string | Buffer, ...options: string[]) {
  const file = join(folder, 'people.csv');
  await writeFile(file, text);
  return operator.run(['user', 'import', file, '--json', ...options]);
}

async function account(email: string) {
  const { rows } = await database.query('SELECT * FROM users WHERE email_key = $1', [email]);
  return rows[0] ?? null;
}

const counted = async (table: string) => (await database.query(`SELECT count(*)::int AS n FROM ${table}`)).rows[0].n;
const django = 'pbkdf2_sha256$720000$Zr8wsx0qjzVUKqYJ3RkSTu$rbk37Wg5+TeRaLGQdgRiTGi0wf8J86d3ZUzG83eet5k=';
const passlib = '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E';

describe('accounts from another system', () => {
  it('sign in with the passwords they had there, and are hashed our way from then on', async () => {
    const brought = [
      [
        'bcrypt@example.org',
        'what they had before',
        bcrypt.hashSync('what they had before', 5).replace('$2b$', '$2y$'),
      ],
      ['argon2@example.org', 'short', await argon2('short', { memoryCost: 4096, timeCost: 3 })],
      ['scrypt@example.org', 'password', passlib],
      ['django@example.org', 'Grüße, django!', django],
    ] as const;
    const lines = brought.map(([email, , hash]) => `${email},"${hash}"`);
    const done = await importing(['email,passwordHash', ...lines].join('\n'));
    expect(done).toMatchObject({ status: 0, json: { created: 4, exists: 0, refused: 0, dryRun: false } });
    const { id: licenceId } = await server.world.licence();
    for (const [email, password, hash] of brought) {
      const stored = await account(email);
      expect(stored).toMatchObject({ password_hash: hash, roles: ['user'], verified: true, name: null });
      await server.world.join(licenceId, { id: stored.id, email, login: { identifier: email, password } });
      const wrong = await server.nobody.trySignIn({ identifier: email, password: `${password} ` });
      expect(wrong).toMatchObject({ status: 401 });
      expect((await account(email)).password_hash).toBe(hash);
      await server.nobody.signIn({ identifier: email, password });
      await expect(untilRenewed(email)).resolves.toMatch(/^bcrypt\$v1\$\$2b\$04\$/);
      await server.nobody.signIn({ identifier: email, password });
      expect((await account(email)).epoch).toBe(stored.epoch);
    }
  }, 60_000);

  it('bring user name, name, roles and licences with them, and the audit log says who took them over', async () => {
    const [one, two] = [await server.world.licence(), await server.world.licence()];
    const csv = [
      'E-Mail;Username;Name;Roles;Verified;Licence',
      `zoe@example.org;zoe;Zoë O’Hara;user staff;no;${one.serial} ${two.id}`,
      'yan@example.org;;;;;',
    ].join('\r\n');
    expect(await importing(`\ufeff${csv}`)).toMatchObject({ status: 0, json: { created: 2 } });
    const zoe = await account('zoe@example.org');
    expect(zoe).toMatchObject({ username: 'zoe', name: 'Zoë O’Hara', roles: ['user', 'staff'], verified: false });
    expect(zoe.password_hash).toBeNull();
    const { rows } = await database.query('SELECT licence_id FROM members WHERE user_id = $1', [zoe.id]);
    expect(rows.map((row) => row.licence_id).sort()).toEqual([one.id, two.id].sort());
    const audit = await database.query('SELECT action, actor_kind FROM audit WHERE target_id = $1', [zoe.id]);
    expect(audit.rows).toEqual([{ action: 'user.created', actor_kind: 'system' }]);
    expect(await account('yan@example.org')).toMatchObject({ username: null, roles: ['user'], verified: true });
  });

  it('bring roles of applications, where there are such roles', async () => {
    await server.world.root.must(201, 'POST', '/admin/api/roles', { name: 'exams:editor', permissions: ['exam:*'] });
    const rows = [
      'editor@example.org,user exams:editor',
      'nobody@example.org,user exams:nobodys',
      'odd@example.org,Editor',
    ];
    const { json } = await importing(['email,roles', ...rows].join('\n'));
    expect(json).toMatchObject({ created: 1, refused: 2 });
    expect((await account('editor@example.org')).roles).toEqual(['user', 'exams:editor']);
    expect(json.lines[1]).toMatchObject({ line: 3, result: 'refused', reason: expect.stringContaining('roles') });
    expect(json.lines[2]).toMatchObject({ line: 4, result: 'refused', reason: expect.stringContaining('roles') });
    expect(await account('nobody@example.org')).toBeNull();
  });

  it('are left as they are when there is an account already, and nothing of a line is taken that has a fault', async () => {
    const anna = await server.world.account();
    const before = await account(anna.email);
    const people = await counted('users');
    const done = await importing(
      [
        'email,username,passwordHash,licence',
        `${anna.email.toUpperCase()},other,,`,
        'no address,,,',
        'dear@example.org,,$2b$15$NNNNNNNNNNNNNNNNNNNNNNooooooooooooooooooooooooooooooo,',
        'md5@example.org,,5f4dcc3b5aa765d61d8327deb882cf99,',
        'nowhere@example.org,,,AAAA-BBBB-CCCC-DDDD',
        'first@example.org,taken,,',
        'second@example.org,Taken,,',
        'FIRST@example.org,,,',
        'short@example.org,x',
        'name@example.org,with space,,',
      ].join('\n'),
    );
    expect(done.status).toBe(1);
    expect(done.json).toMatchObject({ created: 1, exists: 1, refused: 8 });
    expect(done.json.lines.map(({ line, result, reason }: Record<string, unknown>) => [line, result, reason])).toEqual([
      [2, 'exists', undefined],
      [3, 'refused', expect.stringMatching(/^email: /)],
      [4, 'refused', expect.stringMatching(/^passwordHash: costs more than a second/)],
      [5, 'refused', expect.stringMatching(/^passwordHash: is no hash known here/)],
      [6, 'refused', 'licence: there is none with the id or serial AAAA-BBBB-CCCC-DDDD'],
      [7, 'created', undefined],
      [8, 'refused', 'username: is the same as in line 7'],
      [9, 'refused', 'email: is the same as in line 7'],
      [10, 'refused', 'has 2 fields, the first line names 4'],
      [11, 'refused', expect.stringMatching(/^username: must be letters/)],
    ]);
    expect(done.said).toContain('1 created, 1 exist already, 8 refused.');
    expect(await account(anna.email)).toEqual(before);
    expect(await counted('users')).toBe(people + 1);
    const again = await importing('email,username\nthird@example.org,TAKEN\n');
    expect(again.json.lines).toMatchObject([{ result: 'refused', reason: 'username: another account has it' }]);
    expect(await account('third@example.org')).toBeNull();
  });

  it('are only counted by a dry run', async () => {
    const before = [await counted('users'), await counted('audit'), await counted('members')];
    const { serial } = await server.world.licence();
    const csv = `email,licence\nnew@example.org,${serial}\nroot@example.org,\nbad,\n`;
    const audited = await counted('audit');
    const done = await importing(csv, '--dry-run');
    expect(done).toMatchObject({ status: 1, json: { dryRun: true, created: 1, exists: 1, refused: 1 } });
    expect(done.said).toContain('Nothing was done: this was a trial.');
    expect([await counted('users'), await counted('members')]).toEqual([before[0], before[2]]);
    expect(await counted('audit')).toBe(audited);
  });

  it('are never read from passwords in clear, nor from columns that are not known', async () => {
    for (const name of ['password', 'Pass Word', 'pwd', 'plaintext']) {
      const done = await importing(`email,${name}\nclear@example.org,correct horse\n`);
      expect(done.status).toBe(1);
      expect(done.said).toContain(`has a column of passwords in clear (${name})`);
    }
    expect((await importing('email,colour\nx@example.org,red\n')).said).toBe(
      'file has a column that is not known: colour; known are email, username, name, roles, verified, passwordHash, licence\n',
    );
    expect((await importing('name\nAnna\n')).said).toBe('file must have a column email\n');
    expect((await importing('email,email\na@example.org,b\n')).said).toBe('file names the column email twice\n');
    expect((await importing('')).said).toContain('must have a first line that names the columns');
    expect((await importing('email\n"open')).said).toContain('file must be CSV: ');
    expect((await importing(Buffer.from([0x65, 0xff, 0xfe]))).said).toContain('is not UTF-8');
    expect((await operator.run(['user', 'import', join(folder, 'none.csv')])).said).toContain(
      'cannot be read (ENOENT)',
    );
    expect(await account('clear@example.org')).toBeNull();
  });
});

async function untilRenewed(email: string): Promise<string> {
  for (const until = performance.now() + 10_000; performance.now() < until; ) {
    const { password_hash: stored } = await account(email);
    if (stored.startsWith('bcrypt$v1$')) return stored;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${email} was not hashed anew`);
}

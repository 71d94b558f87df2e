import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audience } from '../support/audience.js';
import { blocksOf, Listener, runShell } from '../support/shell-examples.js';
import { WholeServer } from '../support/whole-server.js';

/** What is run here; what an operator types by hand; and what is no command. */
const languages = ['sh', 'console', 'js', 'json', 'html', 'http', 'ini', 'text', 'mermaid'];
const blocks = blocksOf();
const pages = [...new Set(blocks.filter(({ language }) => language === 'sh').map(({ page }) => page))];

let server: WholeServer;
let listener: Listener;
let folder: string;

beforeAll(async () => {
  // A token may be of a session that another program has opened.
  server = await WholeServer.start({ USER_AGENT_BINDING: 'off' });
  listener = await Listener.before(server.client.port);
  folder = mkdtempSync(join(tmpdir(), 'usher-shell-'));
}, 60_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  listener?.close();
  await server?.stop();
});

/** What a reader of the page has by then: an institute, Anna in it, and the token of staff. Each page has its own. */
async function given(page: string): Promise<Record<string, string>> {
  const { root } = server.world;
  const domain = domainOf(page);
  const account = { email: `anna@${domain}`, password: 'a long enough password' };
  if (page === 'README.md') {
    const admin = { email: `admin@${domain}`, password: 'correct horse battery staple', roles: ['admin'] };
    await root.must(201, 'POST', '/admin/api/users', admin);
    return {};
  }
  const { id: user } = await root.must(201, 'POST', '/admin/api/users', account);
  const { id: licence, owner } = await server.world.licence();
  await root.must(201, 'POST', `/admin/api/licences/${licence}/members`, { userId: user });
  const anna = await server.nobody.signIn({ identifier: account.email, password: account.password });
  const staff = await server.world.staff('admin', 'bearer');
  await root.ask('POST', '/admin/api/roles', { body: { name: 'exams:reader', permissions: ['exam:read'] } });
  const { token } = await anna.must(200, 'POST', '/auth/token', { audience: audience.name });
  writeFileSync(join(folder, 'members.csv'), `email,name\nben@${domain},Ben\n`);
  return {
    ...{ U: listener.origin, USER: user, LICENCE: licence, OWNER: owner.id, REF: anna.view.session.ref },
    ...(page.endsWith('tokens.md')
      ? { TOKEN: token, SECRET: audience.secret }
      : { TOKEN: String(staff.view.sessionToken) }),
  };
}

function domainOf(page: string): string {
  return `${page.replace(/^.*\//, '').replace(/\W/g, '-').toLowerCase()}.example`;
}

/** The script of a page, at the server of the test and with people of its own. */
function scriptOf(page: string): string {
  const text = blocks.filter((block) => block.page === page && block.language === 'sh').map((block) => block.text);
  const admin = `admin() { curl -sS -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' "$@"; }\n`;
  return [page === 'README.md' ? '' : admin, ...text]
    .join('\n')
    .replaceAll(/https?:\/\/(?:127\.0\.0\.1:3000|app\.example\.org)/g, listener.origin)
    .replaceAll(/(?:institute\.example|example\.org)(?=["'&])/g, domainOf(page))
    .replaceAll('seconds=60', 'seconds=0');
}

describe('the blocks of README and manual', () => {
  it('say what they are, so that what can be run is run', () => {
    const unmarked = blocks.filter(({ language }) => !languages.includes(language));
    expect(unmarked).toEqual([]);
    const hidden = blocks.filter(({ language, text }) => language !== 'sh' && /^\s*(?:curl|admin|json) /m.test(text));
    expect(hidden).toEqual([]);
    expect(pages).toContain('README.md');
  });

  it.each(pages)('of %s run as they stand there, and are answered as they say', async (page) => {
    const variables = await given(page);
    const script = scriptOf(page);
    listener.heard.length = 0;
    await runShell(script, folder, variables);
    const told = [...script.matchAll(/# ([45]\d\d) ([a-z-]+)/g)].map(([, status, slug]) => `${status} ${slug}`);
    const refused = listener.heard.filter(({ status }) => status >= 400);
    const heard = refused.map(({ status, body }) => `${status} ${/"\/problems\/([a-z-]+)"/.exec(body)?.[1]}`);
    expect(heard).toEqual(told);
    const calls = script.match(/(?:\$U|http:\/\/127\.0\.0\.1:\d+)\//g) ?? [];
    expect(listener.heard.map(({ call }) => call)).toHaveLength(calls.length);
  });
});

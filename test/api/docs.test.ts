import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projectFile } from '../../src/platform/project-file.js';
import { WholeServer } from '../support/whole-server.js';

const paths = ['/docs', '/docs/ui.js', '/docs/ui.css', '/docs/init.js', '/redoc', '/redoc/ui.js', '/manual'];

let server: WholeServer;

beforeAll(async () => {
  server = await WholeServer.start();
}, 60_000);

afterAll(() => server?.stop());

const pages = readdirSync(projectFile('src/manual'))
  .filter((file) => file.endsWith('.md'))
  .map((file) => `/manual/${file.replace('.md', '')}`);

describe('the documentation of a running server', () => {
  it.each([...paths, '/openapi.json', ...pages])(
    'is open to everybody at %s, and may be kept for a while',
    async (path) => {
      const answer = await server.nobody.ask('GET', path);
      expect(answer.status).toBe(200);
      if (path !== '/openapi.json') expect(answer.headers['cache-control']).toBe('public, max-age=3600');
      expect(answer.text).not.toMatch(/^\/[/*]# sourceMappingURL/m);
    },
  );

  it.each(['/docs', '/redoc', '/manual'])(
    'runs no inline script on %s, and loads nothing from elsewhere',
    async (path) => {
      const answer = await server.nobody.ask('GET', path);
      const policy = String(answer.headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(/script-src ([^;]*)/.exec(policy)?.[1] ?? "'self'").toBe("'self'");
      expect(policy).not.toMatch(/https?:|\*/);
      expect(answer.text).not.toMatch(/<script(?![^>]*src=)|\son\w+=|<style/i);
    },
  );

  it.each(pages)('leads somewhere with every link of %s', async (path) => {
    const { text } = await server.nobody.ask('GET', path);
    for (const [, href = ''] of text.matchAll(/href="(\/[^"]*|#[^"]*)"/g)) {
      const [target = '', anchor] = href.split('#');
      const found = target === '' ? { status: 200, text } : await server.nobody.ask('GET', target);
      expect([href, found.status]).toEqual([href, 200]);
      if (anchor !== undefined) expect(found.text).toContain(`id="${decodeURIComponent(anchor)}"`);
    }
  });

  it('answers 404 for a page the manual does not have', async () => {
    for (const path of ['/manual/unknown', '/manual/..%2Fsettings', '/manual/constructor']) {
      expect((await server.nobody.ask('GET', path)).status).toBe(404);
    }
  });

  it('is shown to whoever is signed in where the house wants it so, and to nobody else', async () => {
    const closed = await server.another({ DOCS_ACCESS: 'session' });
    try {
      const account = await server.world.account();
      const { id } = await server.world.licence();
      await server.world.join(id, account);
      const member = await closed.nobody.signIn(account.login);
      for (const path of [...paths, '/openapi.json']) {
        expect([path, (await closed.nobody.ask('GET', path)).status]).toEqual([path, 401]);
        const answer = await member.ask('GET', path);
        expect([path, answer.status]).toEqual([path, 200]);
        if (path !== '/openapi.json') expect(answer.headers['cache-control']).toBe('private, max-age=3600');
      }
      expect((await closed.nobody.ask('GET', '/problems/busy')).status).toBe(200);
    } finally {
      await closed.stop();
    }
  });

  it('is shown to staff alone where the house wants it so (ASVS 8.2.1)', async () => {
    const closed = await server.another({ DOCS_ACCESS: 'staff' });
    try {
      const [account, colleague] = [await server.world.account(), await server.world.account(['staff'])];
      const { id } = await server.world.licence();
      await server.world.join(id, account);
      const [member, staff] = [await closed.nobody.signIn(account.login), await closed.nobody.signIn(colleague.login)];
      for (const path of [...paths, '/openapi.json']) {
        expect([path, (await closed.nobody.ask('GET', path)).status]).toEqual([path, 401]);
        const refused = await member.ask('GET', path);
        expect([path, refused.status, refused.json.permission]).toEqual([path, 403, 'docs.read']);
        expect([path, (await staff.ask('GET', path)).status]).toEqual([path, 200]);
      }
    } finally {
      await closed.stop();
    }
  });
});

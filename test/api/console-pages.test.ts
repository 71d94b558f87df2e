import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { consoleRoutes } from '../../src/compose/console.js';
import { openLinks } from '../support/store-links.js';
import { freshRedis, type RedisServer } from '../support/stores.js';
import { type Door, WebLab } from '../support/web-lab.js';

let redis: RedisServer;
let links: Awaited<ReturnType<typeof openLinks>>;
let lab: WebLab;
let door: Door;
let script: string;

beforeAll(async () => {
  redis = await freshRedis();
  links = await openLinks(redis.url);
  lab = new WebLab(links.pair[0]);
  door = await lab.serve({ routes: consoleRoutes({ BRAND_NAME: 'Zoë <& "Co"' }) });
  script = /src="(\/admin\/assets\/[^"]+\.js)"/.exec((await door.ask('GET', '/admin/')).text)?.[1] ?? 'none';
}, 60_000);

afterAll(async () => {
  await lab?.close();
  await links?.close();
  await redis?.stop();
});

const answerOf = (path: string, encoding = 'identity') =>
  fetch(`http://127.0.0.1:${door.port}${path}`, { headers: { 'accept-encoding': encoding } });

describe('the pages of the console', () => {
  it('are one HTML file wherever one begins, under a strict policy, with a nonce of its own each time', async () => {
    const nonces = new Set<string>();
    for (const path of [
      '/admin/',
      '/admin/sessions',
      '/admin/people/1',
      '/admin/licences/1/report',
      '/admin/nowhere',
    ]) {
      const { status, headers, text } = await door.ask('GET', path);
      const policy = String(headers['content-security-policy']);
      expect([status, headers['content-type'], headers['cache-control']]).toEqual([
        200,
        'text/html; charset=utf-8',
        'no-store',
      ]);
      const nonce = /style-src 'self' 'nonce-([\w-]{20,})'/.exec(policy)?.[1] ?? 'none';
      expect(text).toContain(`nonce="${nonce}"`);
      nonces.add(nonce);
      expect(policy).toMatch(/^default-src 'none'; script-src 'self';.*; report-uri \/csp-reports$/);
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(text).not.toMatch(/<script(?![^>]*src=)|\son\w+=|<style|https?:\/\//i);
    }
    expect(nonces.size).toBe(5);
  });

  it('carry the name of the house, whatever is in it', async () => {
    const { text } = await door.ask('GET', '/admin/');
    expect(text).toContain('<title>Zoë &lt;&amp; &quot;Co&quot;</title>');
    expect(text).not.toContain('%');
  });

  it('begin at /admin/, are found by HEAD, and never stand in the way of the admin API', async () => {
    const start = await door.ask('GET', '/admin');
    expect([start.status, start.headers['location']]).toEqual([308, '/admin/']);
    expect((await door.ask('HEAD', '/admin/')).status).toBe(200);
    for (const path of ['/admin/api', '/admin/api/nothing', '/admin/api/licences/1/nothing']) {
      const { status, json } = await door.ask('GET', path);
      expect([status, json?.type]).toEqual([404, '/problems/not-found']);
    }
  });
});

describe('the files the console loads', () => {
  it('may be kept for good, and come as tightly packed as the browser takes them', async () => {
    const plain = await answerOf(script);
    const text = await plain.text();
    expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(plain.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(plain.headers.get('content-encoding')).toBeNull();
    for (const [takes, given] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip', 'gzip'],
      ['*;q=0', null],
    ] as const) {
      const answer = await answerOf(script, takes);
      expect([takes, answer.headers.get('content-encoding')]).toEqual([takes, given]);
      expect(answer.headers.get('vary')).toContain('Accept-Encoding');
      expect((await answer.text()) === text).toBe(true);
    }
  });

  it.each(['nothing.js', '..%2Findex.html', 'index.html', '%2e%2e%2fmanifest.json', `${'a'.repeat(120)}.js`])(
    'are those that were built and no others: %s is not found',
    async (name) => {
      expect((await door.ask('GET', `/admin/assets/${name}`)).status).toBe(404);
    },
  );
});

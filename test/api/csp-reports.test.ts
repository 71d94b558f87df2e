import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/platform/log.js';
import { WholeServer } from '../support/whole-server.js';

let server: WholeServer;
const lines: { msg?: string; violation?: Record<string, unknown> }[] = [];

beforeAll(async () => {
  const destination = { write: (text: string) => void lines.push(JSON.parse(text)) };
  server = await WholeServer.start({}, { log: createLog({ level: 'warn', destination }) });
});

afterAll(() => server.stop());

const old = (over: object = {}) => ({
  'csp-report': {
    'effective-directive': 'script-src-elem',
    'blocked-uri': 'https://elsewhere.example/x.js?who=anna#top',
    'document-uri': 'http://127.0.0.1:3000/sign-in?token=secret',
    'source-file': 'http://user:word@127.0.0.1:3000/sign-in',
    'line-number': 7,
    ...over,
  },
});
const send = (body: unknown, type = 'application/csp-report', headers: Record<string, string> = {}) =>
  server.nobody.ask('POST', '/csp-reports', { body, headers: { 'content-type': type, ...headers } });
const violations = () => lines.flatMap(({ violation }) => (violation === undefined ? [] : [violation]));
const counted = async (directive: string) => {
  const { text } = await server.nobody.ask('GET', '/metrics');
  return Number(new RegExp(`usher_csp_reports_total\\{directive="${directive}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
};

describe('what pages are kept from by their policy', () => {
  it('is counted each time and logged once, without what a URL may hold of somebody (ASVS 16.2.5)', async () => {
    for (let i = 0; i < 3; i += 1) expect((await send(old())).status).toBe(204);
    expect(violations()).toEqual([
      {
        directive: 'script-src-elem',
        blocked: 'https://elsewhere.example/x.js',
        page: 'http://127.0.0.1:3000/sign-in',
        source: 'http://127.0.0.1:3000/sign-in',
        line: 7,
      },
    ]);
    expect(await counted('script-src-elem')).toBe(3);
  });

  it('may come several at once, as the Reporting API sends them', async () => {
    const one = {
      type: 'csp-violation',
      age: 3,
      body: { effectiveDirective: 'img-src', blockedURL: 'data', lineNumber: 1 },
    };
    expect(
      (await send([one, { ...one, body: { ...one.body, lineNumber: 2 } }], 'application/reports+json')).status,
    ).toBe(204);
    expect(await counted('img-src')).toBe(2);
    expect(violations().filter(({ directive }) => directive === 'img-src')).toHaveLength(2);
  });

  it('cannot fill the log or the metrics with what somebody makes up', async () => {
    const before = lines.length;
    for (let i = 0; i < 80; i += 1)
      await send(old({ 'effective-directive': `x${i}`, 'blocked-uri': `https://${i}.example` }));
    expect(lines.length - before).toBeLessThan(40);
    expect(await counted('other')).toBe(80);
    expect(await counted('x1')).toBe(0);
  });

  it('is refused where it is too large, is no report, or comes from another site', async () => {
    const answers = [
      await send(old({ 'blocked-uri': 'x'.repeat(20_000) })),
      await send({ nothing: 1 }),
      await send(Array.from({ length: 21 }, () => ({ body: {} }))),
      await send(old(), 'text/plain'),
      await send(old(), 'application/csp-report', { 'sec-fetch-site': 'cross-site' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([413, 400, 400, 400, 403]);
  });

  it('is reported by every page of ours', async () => {
    for (const path of ['/sign-in', '/admin/', '/docs', '/redoc', '/manual']) {
      const { status, headers } = await server.nobody.ask('GET', path);
      expect([path, status]).toEqual([path, 200]);
      expect([path, headers['content-security-policy']]).toEqual([
        path,
        expect.stringMatching(/report-uri \/csp-reports$/),
      ]);
    }
  });
});

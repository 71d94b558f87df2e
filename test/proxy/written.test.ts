import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { findProxy } from '#bootstrap/proxy-binary.mjs';
import { spellingsOf } from '../../src/http/proxy-probe.js';
import { projectFile } from '../../src/platform/project-file.js';
import { verifyHeaderNames } from '../../src/sessions/verify-headers.js';

const read = (file: string): string => readFileSync(projectFile(`docker/${file}`), 'utf8');

describe('the configuration for each proxy', () => {
  it.each([
    'nginx/signed-in.conf',
    'nginx/unknown.conf',
    'proxies/Caddyfile',
    'proxies/usher.lua',
    'proxies/traefik.yaml',
    'proxies/envoy.yaml',
  ])('names every identity header: %s', (file) => {
    const text = read(file).toLowerCase();
    expect(verifyHeaderNames.filter((name) => !text.includes(name.toLowerCase()))).toEqual([]);
  });

  it('sends the same paths to Usher, whichever proxy it is', () => {
    const files = [
      'nginx.conf',
      'proxies/Caddyfile',
      'proxies/haproxy.cfg',
      'proxies/traefik.yaml',
      'proxies/envoy.yaml',
    ];
    const paths = files.map((file) => /auth\|[a-z|-]+/.exec(read(file))?.[0].replace(/\|(?:openapi)?$/, ''));
    expect(new Set(paths).size).toBe(1);
    expect(paths[0]).toContain('auth|admin');
  });
});

/** As little as HAProxy takes, to have it read some Lua. */
const haproxy = `global
  lua-load envoy.lua
defaults
  mode http
  timeout client 1s
frontend none
  bind 127.0.0.1:1
`;

/** Which paths are refused, and which belong to the location with rules. */
function spelled(refused: RegExp, reports: RegExp): void {
  for (const path of ['/api/public/..;/x', '/api/reports;a/x', '/api\\reports']) expect(refused.test(path)).toBe(true);
  expect(refused.test('/api/things')).toBe(false);
  for (const path of ['/api/reports', '/api/reports/x', '/api/Reports/x']) expect(reports.test(path)).toBe(true);
  for (const path of ['/api/reportsx', '/api/x/reports']) expect(reports.test(path)).toBe(false);
}

describe('what is not run here', () => {
  it('is YAML that guards what it names: Traefik', () => {
    const { routers, middlewares, services } = parse(read('proxies/traefik.yaml')).http;
    for (const [name, router] of Object.entries<{ service: string; middlewares?: string[] }>(routers)) {
      expect([name, Object.hasOwn(services, router.service)]).toEqual([name, true]);
      for (const each of router.middlewares ?? []) expect(Object.keys(middlewares)).toContain(each);
      // Whatever leads to the API has lost what the client said of itself, and its session.
      const passed = (router.middlewares ?? []).flatMap((each) => middlewares[each].chain?.middlewares ?? [each]);
      if (router.service === 'api') expect([passed[0], passed.at(-1)]).toEqual(['unsaid', 'without-session']);
    }
    expect(middlewares.guard.chain.middlewares).toEqual(['unsaid', 'signed-in', 'without-session']);
    expect([routers.api.middlewares, routers.reports.middlewares]).toEqual([['guard'], ['guard-for-reports']]);
    // What is tried is what guards.
    expect(routers.probe.middlewares).toEqual([...routers.api.middlewares, 'to-probe']);
    expect(routers['probe-of-reports'].middlewares).toEqual([...routers.reports.middlewares, 'to-probe']);
    const unsaid = Object.keys(middlewares.unsaid.headers.customRequestHeaders).map((name) => name.toLowerCase());
    for (const name of [...verifyHeaderNames, 'X-Original-Method', 'X-Original-Uri'])
      expect(unsaid).toEqual(expect.arrayContaining(spellingsOf(name)));
    const refused = new RegExp(/PathRegexp\(`(.*)`\)/.exec(routers.odd.rule)?.[1] ?? '');
    const reports = new RegExp(/PathRegexp\(`\(\?i\)(.*)`\)/.exec(routers.reports.rule)?.[1] ?? '', 'i');
    spelled(refused, reports);
    const stripped = new RegExp(middlewares['signed-in'].forwardAuth.authResponseHeadersRegex.replace('(?i)', ''), 'i');
    for (const name of ['X-Auth-User', 'X_Auth_User', 'x-AUTH_user']) expect(stripped.test(name)).toBe(true);
  });

  it('is YAML with Lua that can be read: Envoy', async () => {
    const [listener] = parse(read('proxies/envoy.yaml')).static_resources.listeners;
    const { http_filters: filters, route_config: routes } = listener.filter_chains[0].filters[0].typed_config;
    const guarded = routes.virtual_hosts[0].routes.filter(
      (each: { typed_per_filter_config?: unknown }) => each.typed_per_filter_config === undefined,
    );
    expect(guarded.map(({ match }: { match: object }) => Object.values(match)[0])).toEqual([
      '/api/usher-probe',
      '/api/reports/usher-probe',
      { regex: '(?i)/api/reports(/.*)?' },
      '/api/',
    ]);
    expect([guarded[1].metadata, guarded[3].metadata]).toEqual([guarded[2].metadata, undefined]);
    const whole = (regex: string) =>
      new RegExp(`^(?:${regex.replace('(?i)', '')})$`, regex.startsWith('(?i)') ? 'i' : '');
    const [odd] = routes.virtual_hosts[0].routes;
    expect(odd.direct_response).toEqual({ status: 400 });
    spelled(whole(odd.match.safe_regex.regex), whole(guarded[2].match.safe_regex.regex));
    const folder = mkdtempSync(join(tmpdir(), 'usher-lua-'));
    try {
      writeFileSync(join(folder, 'envoy.lua'), filters[0].typed_config.default_source_code.inline_string);
      writeFileSync(join(folder, 'haproxy.cfg'), haproxy);
      const check = promisify(execFile)(await findProxy('haproxy'), ['-c', '-f', 'haproxy.cfg'], { cwd: folder });
      expect((await check).stderr).not.toMatch(/error/i);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('mounts and builds only what is there: compose', () => {
    const { services } = parse(read('compose.yaml'));
    for (const volume of services.nginx.volumes) {
      const [, from = ''] = /^(?:\$\{\w+:-)?(\.[^}:]+)/.exec(volume) ?? [];
      expect([volume, existsSync(projectFile(join('docker', from)))]).toEqual([volume, true]);
    }
    for (const { build } of [services.api, services.notebook, services.usher])
      expect(existsSync(projectFile(join('docker', build.context, build.dockerfile)))).toBe(true);
    const stages = readFileSync(projectFile('docker/sample/Dockerfile'), 'utf8').matchAll(/^FROM .* AS (\w+)$/gm);
    const built = [...stages].map(([, name]) => name);
    expect(built).toEqual(expect.arrayContaining([services.api.build.target, services.notebook.build.target]));
    // What only the proxy may reach publishes no port.
    const open = Object.entries<{ ports?: unknown }>(services).filter(([, { ports }]) => ports !== undefined);
    expect(open.map(([name]) => name)).toEqual(['nginx']);
  });
});

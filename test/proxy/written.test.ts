import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { findProxy } from '#bootstrap/proxy-binary.mjs';
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

describe('what is not run here', () => {
  it('is YAML that guards what it names: Traefik', () => {
    const { routers, middlewares, services } = parse(read('proxies/traefik.yaml')).http;
    for (const [name, router] of Object.entries<{ service: string; middlewares?: string[] }>(routers)) {
      expect([name, Object.hasOwn(services, router.service)]).toEqual([name, true]);
      for (const each of router.middlewares ?? []) expect(Object.keys(middlewares)).toContain(each);
      // Whatever leads to the API has lost what the client said of itself, and its session.
      if (router.service === 'api') {
        expect(router.middlewares?.[0]).toBe('unsaid');
        expect(router.middlewares?.at(-1)).toBe('without-session');
      }
    }
    expect(routers.api.middlewares).toContain('signed-in');
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
      '/api/reports/',
      '/api/',
    ]);
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
    expect(existsSync(projectFile(join('docker', services.api.build.context, 'Dockerfile')))).toBe(true);
    // What only the proxy may reach publishes no port.
    const open = Object.entries<{ ports?: unknown }>(services).filter(([, { ports }]) => ports !== undefined);
    expect(open.map(([name]) => name)).toEqual(['nginx']);
  });
});

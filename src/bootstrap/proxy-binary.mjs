import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { canFetchPackages, fetchPackage } from './debian-package.mjs';
import { root } from './folders.mjs';
import { findCommand } from './supervised.mjs';

/** The reverse proxies that the tests run, and how each is had. */
const proxies = {
  nginx: { variable: 'NGINX_BIN', path: 'usr/sbin/nginx', asksVersion: '-v' },
  haproxy: { variable: 'HAPROXY_BIN', path: 'usr/sbin/haproxy', asksVersion: '-v', also: ['libopentracing1'] },
  caddy: { variable: 'CADDY_BIN', path: 'usr/bin/caddy', asksVersion: 'version' },
};

/**
 * The path of a reverse proxy for the tests: the one named by its variable (`NGINX_BIN` …), else one on PATH, else the one
 * kept under `.data`, which is fetched from the system's own package source when it is missing; nothing is installed.
 * Throws an error of one line that says what to do when there is none.
 */
export async function findProxy(name) {
  const { variable, path, asksVersion, also } = proxies[name];
  const named = process.env[variable];
  if (named) {
    if (!existsSync(named)) throw new Error(`${variable}: there is no ${named}`);
    return named;
  }
  const onPath = findCommand(name);
  if (onPath !== null) return onPath;
  const folder = join(root, '.data', `${name}-bin`);
  const kept = join(folder, name);
  if (existsSync(kept)) return kept;
  const help = `No ${name} found. Install one ("apt-get install ${name}"), or set ${variable} to its path.`;
  if (!canFetchPackages()) throw new Error(help);
  try {
    await fetchPackage({ folder, name, also, path, command: name, asksVersion });
  } catch (error) {
    throw new Error(`${help} (Fetching one failed: ${error.message})`);
  }
  return kept;
}

/**
 * The path of a reverse proxy for the tests: the one named by its variable (`NGINX_BIN` …), else one on PATH, else one that
 * is fetched from the system's own package source. Throws an Error with one clear line when there is none.
 */
export function findProxy(name: 'nginx' | 'haproxy' | 'caddy'): Promise<string>;

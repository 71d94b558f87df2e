/** Where one Redis server listens, and what it asks for. */
export interface RedisAddress {
  readonly socket: { readonly path: string } | { readonly host: string; readonly port: number; readonly tls: boolean };
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

/** What a Redis URL stands for: one server, the masters of a cluster, or the master that sentinels name. */
export type RedisEndpoint =
  | { readonly kind: 'single'; readonly address: RedisAddress }
  | { readonly kind: 'cluster'; readonly seeds: readonly RedisAddress[] }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly RedisAddress[];
      readonly name: string;
      readonly master: Omit<RedisAddress, 'socket'>;
    };

const form = /^(redis|rediss|unix|redis\+cluster|redis\+sentinel):\/\/(?:([^@/]*)@)?([^/?]*)(\/[^?]*)?(?:\?(.*))?$/;

/**
 * Reads `redis://[user:password@]host[:port][/db]`, `rediss://` (TLS), `unix:///path[?db=1]`,
 * `redis+cluster://[user:password@]a:1,b:2` and `redis+sentinel://name@a,b[/db][?username=…&password=…]`; `?tls=true`
 * turns TLS on for the last two. Throws a plain Error that does not repeat the URL, which may hold a password.
 */
export function parseRedisUrl(url: string): RedisEndpoint {
  const [, scheme, account = '', hosts = '', path = '', query = ''] = form.exec(url) ?? [];
  const options = new URLSearchParams(query);
  const tls = scheme === 'rediss' || options.get('tls') === 'true';
  switch (scheme) {
    case 'unix': {
      if (hosts !== '' || path.length < 2)
        throw new Error('REDIS_URL: a unix address is written unix:///path/to/redis.sock');
      const socket = { path: decodeURIComponent(path) };
      return {
        kind: 'single',
        address: { socket, ...credentials(account), database: databaseOf(options.get('db') ?? '') },
      };
    }
    case 'redis+cluster':
      return { kind: 'cluster', seeds: addresses(hosts, 6379, tls, credentials(account)) };
    case 'redis+sentinel': {
      if (account === '')
        throw new Error('REDIS_URL: a sentinel address names its master: redis+sentinel://name@host,host');
      const sentinels = addresses(hosts, 26379, tls, credentials(''));
      const username = options.get('username') ?? undefined;
      const password = options.get('password') ?? undefined;
      const master = { username, password, database: databaseOf(path.slice(1)) };
      return { kind: 'sentinel', name: decodeURIComponent(account), sentinels, master };
    }
    case 'redis':
    case 'rediss': {
      const [address, ...more] = addresses(hosts, 6379, tls, credentials(account));
      if (address === undefined || more.length > 0) throw new Error('REDIS_URL: exactly one host is expected');
      return { kind: 'single', address: { ...address, database: databaseOf(path.slice(1)) } };
    }
    default:
      throw new Error('REDIS_URL: is not an address this server understands');
  }
}

function credentials(account: string): Pick<RedisAddress, 'username' | 'password'> {
  if (account === '') return { username: undefined, password: undefined };
  const [username = '', ...password] = account.split(':');
  return {
    username: username === '' ? undefined : decodeURIComponent(username),
    password: decodeURIComponent(password.join(':')),
  };
}

function addresses(
  hosts: string,
  port: number,
  tls: boolean,
  account: Pick<RedisAddress, 'username' | 'password'>,
): RedisAddress[] {
  return hosts.split(',').map((part) => {
    const [, host = '', given] = /^(\[[0-9a-fA-F:]+\]|[^:[\]]*)(?::(\d{1,5}))?$/.exec(part.trim()) ?? [];
    if (host === '' && hosts !== '') throw new Error('REDIS_URL: a host is missing or malformed');
    if (Number(given ?? port) > 65_535) throw new Error('REDIS_URL: a port is at most 65535');
    const socket = { host: host === '' ? 'localhost' : host.replace(/^\[|\]$/g, ''), port: Number(given ?? port), tls };
    return { socket, ...account, database: 0 };
  });
}

function databaseOf(text: string): number {
  if (!/^\d{0,4}$/.test(text)) throw new Error('REDIS_URL: the database is a number');
  return Number(text);
}

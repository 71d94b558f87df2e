import { describe, expect, it } from '@jest/globals';
import { parseRedisUrl } from '../../src/config/redis-endpoint.js';

const anonymous = { username: undefined, password: undefined, database: 0 };

describe('a Redis address', () => {
  it('names one server over TCP, with TLS or on a unix socket', () => {
    expect(parseRedisUrl('redis://cache')).toEqual({
      kind: 'single',
      address: { socket: { host: 'cache', port: 6379, tls: false }, ...anonymous },
    });
    expect(parseRedisUrl('rediss://app:p%40ss%3Aword@[::1]:7000/3')).toEqual({
      kind: 'single',
      address: { socket: { host: '::1', port: 7000, tls: true }, username: 'app', password: 'p@ss:word', database: 3 },
    });
    expect(parseRedisUrl('redis://:secret@cache')).toMatchObject({
      address: { username: undefined, password: 'secret' },
    });
    expect(parseRedisUrl('unix:///run/redis.sock?db=2')).toEqual({
      kind: 'single',
      address: { socket: { path: '/run/redis.sock' }, ...anonymous, database: 2 },
    });
  });

  it('names the nodes of a cluster to begin with', () => {
    const endpoint = parseRedisUrl('redis+cluster://app:pw@a:1,b:2,c?tls=true');
    expect(endpoint).toMatchObject({
      kind: 'cluster',
      seeds: [
        { socket: { host: 'a', port: 1, tls: true }, username: 'app', password: 'pw' },
        { socket: { host: 'b', port: 2, tls: true } },
        { socket: { host: 'c', port: 6379, tls: true } },
      ],
    });
  });

  it('names the master that sentinels know', () => {
    expect(parseRedisUrl('redis+sentinel://house@a,b:5000/1?password=pw')).toEqual({
      kind: 'sentinel',
      name: 'house',
      sentinels: [
        { socket: { host: 'a', port: 26379, tls: false }, ...anonymous },
        { socket: { host: 'b', port: 5000, tls: false }, ...anonymous },
      ],
      master: { username: undefined, password: 'pw', database: 1 },
    });
  });

  it('is refused when it is none, without repeating the password in it', () => {
    const bad = [
      '',
      'http://a',
      'redis://u:pw@a:x',
      'redis://u:pw@a/x',
      'redis://a,b',
      'unix://host/x',
      'unix:///',
      'redis+sentinel://a',
    ];
    for (const url of bad) {
      expect(() => parseRedisUrl(url)).toThrow(/^REDIS_URL: /);
      expect(() => parseRedisUrl(url)).not.toThrow(/pw/);
    }
  });
});

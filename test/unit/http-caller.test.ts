import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientAddress, isLoopback, trustedProxies } from '../../src/http/client-address.js';
import { cookieLine, readCookie } from '../../src/http/cookies.js';

function from(peer: string, forwarded?: string): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  const request = new IncomingMessage(socket);
  if (forwarded !== undefined) request.headers['x-forwarded-for'] = forwarded;
  return request;
}

describe("the client's address", () => {
  const address = (setting: string | null, peer: string, forwarded?: string) =>
    clientAddress(from(peer, forwarded), trustedProxies(setting));

  it('is the peer, whatever the client says, while no proxy is trusted', () => {
    expect(address(null, '192.0.2.1', '198.51.100.7')).toBe('192.0.2.1');
  });

  it('is what the trusted proxies vouch for, and not what the client put before it', () => {
    expect(address('loopback', '127.0.0.1', '203.0.113.9, 198.51.100.7')).toBe('198.51.100.7');
    expect(address('loopback', '192.0.2.1', '198.51.100.7')).toBe('192.0.2.1');
    expect(address('2', '192.0.2.1', '203.0.113.9, 198.51.100.7, 192.0.2.2')).toBe('198.51.100.7');
    expect(address('10.0.0.0/8, loopback', '127.0.0.1', '203.0.113.9, 10.1.2.3')).toBe('203.0.113.9');
  });

  it('is canonical, and garbage is not an address', () => {
    expect(address(null, '::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(address('loopback', '::1', '2001:DB8:0:0::1')).toBe('2001:db8::1');
    for (const forged of ['', ',', 'unknown', '<script>', '198.51.100.7:80', 'a'.repeat(5000)]) {
      expect(address('loopback', '127.0.0.1', `198.51.100.7, ${forged}`)).toBe('127.0.0.1');
    }
  });

  it('is refused to be taken from proxies that name no address', () => {
    expect(() => trustedProxies('everybody')).toThrow();
  });

  it('is this host only when it is', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map(isLoopback)).toEqual([true, true, true, true]);
    expect(['', '192.0.2.1', '::2', 'localhost'].map(isLoopback)).toEqual([false, false, false, false]);
  });
});

describe('a cookie', () => {
  it('is read by its exact name', () => {
    expect(readCookie('a=1; sid=2; b=3', 'sid')).toBe('2');
    expect(readCookie('sid=s%3Ax', 'sid')).toBe('s:x');
    for (const header of [undefined, '', 'sid', 'SID=1', 'xsid=1', 'sidx=1', '\u00a0sid=1', '$sid=1']) {
      expect(readCookie(header, 'sid')).toBeUndefined();
    }
  });

  it('is none when it is given twice or cannot be decoded', () => {
    expect(readCookie('sid=1; sid=1', 'sid')).toBeUndefined();
    expect(readCookie('sid=1; a=b;\tsid=2', 'sid')).toBeUndefined();
    expect(readCookie('sid=%ff', 'sid')).toBeUndefined();
  });

  it('never throws, and never answers the value of another one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (noise) => {
        const found = readCookie(`${noise.replaceAll('sid', '')}; sid=mine`, 'sid');
        expect(found === 'mine' || found === undefined).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is hidden from scripts, kept to this host, and forgotten when its value is null', () => {
    const device = { name: 'device', value: 'x y', maxAgeSeconds: 60 } as const;
    expect(cookieLine(device, true)).toBe('__Host-device=x%20y; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax');
    expect(cookieLine({ ...device, value: null }, false)).toBe('device=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax');
  });
});

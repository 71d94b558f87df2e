import type { IncomingMessage } from 'node:http';
import express from 'express';
import ipaddr from 'ipaddr.js';

/** Whether the peer at `address`, `hop` steps away, may name the one before it. */
export type TrustedProxies = (address: string, hop: number) => boolean;

/** The rule in `TRUST_PROXY`, with the meaning Express gives it; null trusts nobody. Throws when it names no address. */
export function trustedProxies(setting: string | null): TrustedProxies {
  const app = express();
  app.set('trust proxy', setting === null ? false : /^\d+$/.test(setting) ? Number(setting) : setting);
  return app.get('trust proxy fn');
}

/**
 * The address nearest to the client that is vouched for by trusted proxies only, in canonical form (an IPv4-mapped IPv6
 * address as IPv4). What is no address in `X-Forwarded-For` ends the search. Empty when the socket has none any more.
 */
export function clientAddress(request: IncomingMessage, trusted: TrustedProxies): string {
  // A peer on a unix socket has no address; it is on this host.
  let address = request.socket.remoteAddress ?? (request.socket.destroyed ? '' : '127.0.0.1');
  const forwarded = request.headers['x-forwarded-for'];
  if (typeof forwarded === 'string') {
    const named = forwarded.split(',').reverse();
    for (let hop = 0; hop < named.length && address !== '' && trusted(address, hop); hop += 1) {
      const next = named[hop]?.trim() ?? '';
      if (!ipaddr.isValid(next)) break;
      address = next;
    }
  }
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
}

/** Whether an address in canonical form is this host's own. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

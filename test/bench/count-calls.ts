import { AsyncLocalStorage } from 'node:async_hooks';
import crypto from 'node:crypto';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

/** What one server did on behalf of the requests it answered. */
export interface Calls {
  requests: number;
  hmacs: number;
  /** Digests other than HMACs, however they were asked for. */
  hashes: number;
  /** What Web Crypto signed or verified, with whatever key. */
  signatures: number;
  /** Writes to the sockets of HTTP clients. */
  answersWritten: number;
  /** Messages to Postgres. */
  postgresWrites: number;
}

// Loaded before a server (`node --import`), it counts while a request is being answered: what the server does by itself at
// the same time (watching Redis, looking for work in Postgres) belongs to no request. Counting happens where all ways meet:
// at the prototypes, so that packages which took hold of node:crypto before or after make no difference.
const inRequest = new AsyncLocalStorage<true>();
const zero: Calls = { requests: 0, hmacs: 0, hashes: 0, signatures: 0, answersWritten: 0, postgresWrites: 0 };
const calls: Calls = { ...zero };

type Method = (this: unknown, ...args: unknown[]) => unknown;

function around(owner: object, name: string, before: (self: unknown) => void): void {
  const found: unknown = Reflect.get(owner, name);
  if (typeof found !== 'function') return;
  const original = found as Method;
  Reflect.set(owner, name, function counted(this: unknown, ...args: unknown[]) {
    before(this);
    return original.apply(this, args);
  });
}

const counting = (name: keyof Calls) => () => {
  if (inRequest.getStore() === true) calls[name] += 1;
};

around(crypto.Hmac.prototype, 'digest', counting('hmacs'));
around(crypto.Hash.prototype, 'digest', counting('hashes'));
around(crypto, 'hash', counting('hashes'));
around(crypto.webcrypto.subtle, 'digest', counting('hashes'));
around(crypto.webcrypto.subtle, 'sign', counting('signatures'));
around(crypto.webcrypto.subtle, 'verify', counting('signatures'));
syncBuiltinESMExports();

const served = new WeakSet<object>();
const toPostgres = new WeakSet<object>();

// Every write and every gathered write of a socket passes through here once.
around(net.Socket.prototype, '_writeGeneric', (self) => {
  if (typeof self !== 'object' || self === null || inRequest.getStore() !== true) return;
  if (served.has(self)) calls.answersWritten += 1;
  if (toPostgres.has(self)) calls.postgresWrites += 1;
});

const connect = net.Socket.prototype.connect as Method;
Reflect.set(net.Socket.prototype, 'connect', function connected(this: object, ...args: unknown[]) {
  if (JSON.stringify(args).includes('.PGSQL.')) toPostgres.add(this);
  return connect.apply(this, args);
});

const emit = http.Server.prototype.emit as Method;
Reflect.set(http.Server.prototype, 'emit', function emitted(this: unknown, ...args: unknown[]) {
  const [event, request] = args;
  if (event !== 'request' || !(request instanceof http.IncomingMessage)) return emit.apply(this, args);
  served.add(request.socket);
  calls.requests += 1;
  return inRequest.run(true, () => emit.apply(this, args));
});

process.on('message', (message) => {
  if (message !== 'calls') return;
  process.send?.({ ...calls });
  Object.assign(calls, zero);
});
process.channel?.unref();

import { createHmac } from 'node:crypto';
import type { Guest } from '../support/guest.js';
import { type RouteCall, targetOf } from '../support/route-calls.js';
import { wellFormed } from './nasty.js';
import type { CredentialFault, Spoiling } from './spoiling.js';

/** A request as it goes out; header names and values in turn. */
export interface SpoiltRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: Buffer | null;
}

/** A JSON value being spoilt: its fields, or its text. */
type Json = { fields: [name: string, value: Json][] } | { text: string };

/** The call as this guest would make it, with these faults. */
export function spoil(
  method: string,
  call: RouteCall,
  guest: Guest,
  headers: Readonly<Record<string, string>>,
  spoilings: readonly Spoiling[],
): SpoiltRequest {
  const draft = new Draft(method, call, { ...guest.headers, ...headers });
  for (const spoiling of spoilings) draft.spoil(spoiling);
  return draft.finish(guest.client.port);
}

class Draft {
  #method: string;
  #path: string;
  #json: Json | null;
  #bytes: Buffer | null = null;
  #cut: number | null = null;
  #headers: [name: string, value: string][];

  constructor(method: string, call: RouteCall, headers: Readonly<Record<string, string>>) {
    this.#method = method;
    this.#path = targetOf(call);
    this.#json = call.body === undefined ? null : jsonOf(call.body);
    this.#headers = Object.entries(headers);
  }

  spoil(spoiling: Spoiling): void {
    switch (spoiling.on) {
      case 'field':
      case 'extra':
      case 'drop':
        this.#json = spoilJson(this.#json ?? { fields: [] }, spoiling);
        break;
      case 'body':
        this.#bytes = Buffer.from(spoiling.bytes, 'latin1');
        break;
      case 'cut':
        this.#cut = spoiling.at / 10_000;
        break;
      case 'query':
        this.#path += `${this.#path.includes('?') ? '&' : '?'}${spoiling.name}=${spoiling.value}`;
        break;
      case 'segment': {
        const [path = '', query] = this.#path.split('?', 2);
        const segments = path.split('/');
        segments[1 + (spoiling.pick % (segments.length - 1))] = spoiling.text;
        this.#path = segments.join('/') + (query === undefined ? '' : `?${query}`);
        break;
      }
      case 'path':
        this.#path = spoiling.before + this.#path + spoiling.after;
        break;
      case 'method':
        this.#method = spoiling.method;
        break;
      case 'header':
        if (!spoiling.beside) this.#headers = this.#headers.filter(([name]) => name !== spoiling.name);
        this.#headers.push([spoiling.name, spoiling.value]);
        break;
      case 'credential':
        this.#headers = this.#headers.flatMap((header) => spoilCredential(header, spoiling.how, spoiling.at));
        break;
    }
  }

  finish(port: number): SpoiltRequest {
    let body = this.#bytes ?? (this.#json === null ? null : Buffer.from(textOf(this.#json)));
    if (body !== null && this.#cut !== null) body = body.subarray(0, Math.floor(body.length * this.#cut));
    const names = new Set(this.#headers.map(([name]) => name));
    const headers = [...this.#headers];
    if (!names.has('host')) headers.unshift(['host', `127.0.0.1:${port}`]);
    if (body !== null && !names.has('content-type')) headers.push(['content-type', 'application/json']);
    // A length that is not the body's is sent as bytes of its own making: the client below would wait for the rest.
    const sent = headers.filter(([name]) => name !== 'content-length' && name !== 'transfer-encoding');
    if (body !== null || this.#method !== 'GET') sent.push(['content-length', String(body?.length ?? 0)]);
    return {
      method: this.#method,
      path: wellFormed(this.#path).replace(/[^\x21-\x7e]/gu, encodeURIComponent) || '/',
      headers: sent.flatMap(([name, value]) => [name, value.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?')]),
      body,
    };
  }
}

function jsonOf(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { text: JSON.stringify(value) };
  return { fields: Object.entries(value).map(([name, inner]) => [JSON.stringify(name), jsonOf(inner)]) };
}

function textOf(json: Json): string {
  if ('text' in json) return json.text;
  return `{${json.fields.map(([name, value]) => `${name}:${textOf(value)}`).join(',')}}`;
}

/** Every list of fields in a value, the outer ones first. */
function lists(json: Json): [string, Json][][] {
  return 'text' in json ? [] : [json.fields, ...json.fields.flatMap(([, value]) => lists(value))];
}

function spoilJson(json: Json, spoiling: Extract<Spoiling, { on: 'field' | 'extra' | 'drop' }>): Json {
  const all = lists(json);
  if (spoiling.on === 'extra') {
    all[spoiling.pick % all.length]?.push([spoiling.name, { text: spoiling.text }]);
    return json;
  }
  const places = all.flatMap((fields) => fields.map((_, i) => ({ fields, i })));
  const place = places[spoiling.pick % Math.max(1, places.length)];
  if (place === undefined) return spoiling.on === 'field' ? { text: spoiling.text } : json;
  if (spoiling.on === 'drop') place.fields.splice(place.i, 1);
  else place.fields[place.i] = [place.fields[place.i]?.[0] ?? '""', { text: spoiling.text }];
  return json;
}

function spoilCredential([name, value]: [string, string], how: CredentialFault, at: number): [string, string][] {
  if (name !== 'cookie' && name !== 'authorization') return [[name, value]];
  const place = at % Math.max(1, value.length);
  switch (how) {
    case 'cut':
      return [[name, value.slice(0, place)]];
    case 'changed':
      return [[name, `${value.slice(0, place)}${value[place] === 'A' ? 'B' : 'A'}${value.slice(place + 1)}`]];
    case 'foreign':
      return [[name, value.replace(/[\w%.-]{100,}/, (signed) => foreign(signed))]];
    case 'twice':
      return [[name, name === 'cookie' ? `${value}; ${value}` : `${value}, ${value}`]];
    case 'huge':
      return [[name, value + 'A'.repeat(5000)]];
    case 'unmarked':
      return [[name, value.replace('s%3A', '').replace('Bearer', 'Basic')]];
    case 'malformed':
      return [[name, `${value.slice(0, place)}%${value.slice(place)}`]];
    case 'other door': {
      const signed = /[\w-]+\.[\w-]{22}\.[\w-]{43}\.[\w%+/-]+/.exec(value)?.[0] ?? 'x';
      return name === 'cookie' ? [['authorization', `Bearer ${decoded(signed)}`]] : [['cookie', `sid=s%3A${signed}`]];
    }
  }
}

/** What a fault before has spoilt stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The same id, signed with a key that is not the server's. */
function foreign(signed: string): string {
  const id = signed.split('.').slice(0, 3).join('.');
  return `${id}.${encodeURIComponent(createHmac('sha256', 'another key').update(id).digest('base64').replace(/=+$/, ''))}`;
}

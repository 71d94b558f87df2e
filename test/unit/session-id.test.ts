import { describe, expect, it } from '@jest/globals';
import { sign } from 'cookie-signature';
import fc from 'fast-check';
import { type LicenceId, newId, type UserId } from '../../src/kernel/ids.js';
import { endReasons, isResumable, sessionTimes } from '../../src/sessions/session.js';
import {
  formatRef,
  isTag,
  licenceOfTag,
  licenceTag,
  parseRef,
  SessionIds,
  seatlessTag,
  seatlessTagCount,
  seatlessTags,
} from '../../src/sessions/session-id.js';

const newest = 'newest-secret-of-at-least-32-characters';
const older = 'older-secret-of-at-least-32-characters!';
const foreign = 'foreign-secret-of-at-least-32-characters';
const ids = new SessionIds([newest, older]);
const tag = licenceTag(newId<LicenceId>());

describe('a session id', () => {
  it('carries 256 random bits of secret beside the handle it is known by (ASVS 7.2.3)', () => {
    const [inTag, handle, secret, ...rest] = ids.issue(tag).id.split('.');
    expect(inTag).toBe(tag);
    expect(Buffer.from(handle ?? '', 'base64url')).toHaveLength(16);
    expect(Buffer.from(secret ?? '', 'base64url')).toHaveLength(32);
    expect(rest).toEqual([]);
  });

  it('is never made twice: 100 000 ids, no two alike in handle or secret (ASVS 7.2.3)', () => {
    const handles = new Set<string>();
    const secrets = new Set<string>();
    for (let i = 0; i < 100_000; i += 1) {
      const [, handle = '', secret = ''] = ids.issue('s00').id.split('.');
      handles.add(handle);
      secrets.add(secret);
    }
    expect(handles.size).toBe(100_000);
    expect(secrets.size).toBe(100_000);
  });

  it('is a reference made for the occasion: tag, random handle and random secret, nothing about the person (ASVS 7.2.2)', () => {
    expect(ids.issue('s07').id).toMatch(/^s07\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$/);
  });

  it('is known again when it comes back signed, with the signature as what the store may keep of it', () => {
    const issued = ids.issue(tag);
    expect(new SessionIds([newest]).verify(issued.signed)).toEqual({
      tag: issued.tag,
      handle: issued.handle,
      verifier: issued.verifier,
      seated: true,
      remembered: null,
    });
    expect(issued.verifier).not.toContain(issued.id.split('.')[2] ?? '?');
  });

  it('keeps its handle and gets another secret when it is renewed (ASVS 7.2.4)', () => {
    const first = ids.issue(tag);
    const next = ids.issue(tag, first.handle);
    expect(next.handle).toBe(first.handle);
    expect(next.id).not.toBe(first.id);
    expect(next.verifier).not.toBe(first.verifier);
  });
});

describe('verifying a session id (ASVS 7.2.1)', () => {
  it('is signed by the newest secret and verified by every one on the list', () => {
    const before = new SessionIds([older]).issue(tag);
    expect(ids.verify(before.signed)?.handle).toBe(before.handle);
    expect(new SessionIds([older]).verify(ids.issue(tag).signed)).toBeNull();
  });

  it('refuses what was signed by a secret that is no longer on the list', () => {
    const issued = new SessionIds([older]).issue(tag);
    expect(new SessionIds([newest]).verify(issued.signed)).toBeNull();
  });

  it('refuses a foreign signature', () => {
    expect(ids.verify(sign(ids.issue(tag).id, foreign))).toBeNull();
  });

  it('refuses any id in which one character has been changed', () => {
    const { signed } = ids.issue(tag);
    fc.assert(
      fc.property(fc.nat(signed.length - 1), fc.constantFrom(...'Ab0_-+/.='), (at, other) => {
        fc.pre(signed[at] !== other);
        expect(ids.verify(signed.slice(0, at) + other + signed.slice(at + 1))).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses every truncation, and anything added', () => {
    const { signed } = ids.issue(tag);
    for (let length = 0; length < signed.length; length += 1) expect(ids.verify(signed.slice(0, length))).toBeNull();
    for (const more of ['=', '.', ' ', '\n', '\0', 'A', '.A']) {
      expect(ids.verify(signed + more)).toBeNull();
      expect(ids.verify(more + signed)).toBeNull();
    }
  });

  it('refuses a signature that is good for something that is no session id', () => {
    const { id, handle } = ids.issue(tag);
    const secret = id.split('.')[2] ?? '';
    const forged = [
      `${handle}.${secret}`,
      `*.${handle}.${secret}`,
      `s64.${handle}.${secret}`,
      `${tag.toUpperCase()}.${handle}.${secret}`,
      `{x}.${handle}.${secret}`,
      `${tag}.${handle}:seats.${secret}`,
      `${tag}..${secret}`,
      `${tag}.${handle}.`,
      `${tag}.${handle}.${secret}.${secret}`,
    ];
    for (const text of forged) expect(ids.verify(sign(text, newest))).toBeNull();
  });

  it('refuses the halves of two good ids put together', () => {
    const [one, two] = [ids.issue(tag), ids.issue(tag)];
    expect(ids.verify(`${one.id}.${two.verifier}`)).toBeNull();
  });

  it('answers null to any text whatever, however large, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => expect(ids.verify(text)).toBeNull()),
    );
    expect(ids.verify('.'.repeat(1_000_000))).toBeNull();
    expect(ids.verify('A'.repeat(10_000_000))).toBeNull();
    expect(ids.verify(`${tag}.\ud800.\0.é`)).toBeNull();
  });

  it('keeps to its answer for an id that is asked about many times', () => {
    const { signed, handle } = ids.issue(tag);
    for (let i = 0; i < 3; i += 1) expect(ids.verify(signed)?.handle).toBe(handle);
    for (let i = 0; i < 3; i += 1) expect(ids.verify(`${signed}x`)).toBeNull();
  });

  it('cannot be set up without a secret', () => {
    expect(() => new SessionIds([])).toThrow();
  });
});

describe('a tag', () => {
  it('is the id of the licence, and gives it back', () => {
    const licence = newId<LicenceId>();
    expect(licenceOfTag(licenceTag(licence))).toBe(licence);
    expect(licenceOfTag('s00')).toBeNull();
  });

  it('of somebody without a licence is one of 64, always the same, and all are used', () => {
    const all = seatlessTags();
    expect(all).toHaveLength(seatlessTagCount);
    const user = newId<UserId>();
    expect(seatlessTag(user)).toBe(seatlessTag(user));
    const used = new Set(Array.from({ length: 5000 }, () => seatlessTag(newId<UserId>())));
    expect([...used].sort()).toEqual(all);
    for (const each of all) expect(isTag(each)).toBe(true);
  });

  it.each(['', 's', 's64', 's99', 's0', 's000', 'S00', 's00\n', '{s00}', '*', 'a}:seats'])('is not %j', (text) => {
    expect(isTag(text)).toBe(false);
  });
});

describe('a ref', () => {
  it('names a session without its secret and can be read back', () => {
    const { tag: inTag, handle, id } = ids.issue(tag);
    const ref = formatRef({ tag: inTag, handle });
    expect(parseRef(ref)).toEqual({ tag: inTag, handle });
    expect(ref).not.toContain(id.split('.')[2] ?? '?');
    expect(ids.verify(ref)).toBeNull();
  });

  it('of another form is none, whatever it holds', () => {
    const { id, signed } = ids.issue(tag);
    for (const text of [id, signed, tag, '', '.', `${tag}.`, `${tag}.${'a'.repeat(21)}`, `x.${'a'.repeat(22)}`]) {
      expect(parseRef(text)).toBeNull();
    }
    fc.assert(fc.property(fc.string(), (text) => expect(parseRef(text)).toBeNull()));
  });
});

describe('the times of a session', () => {
  it('follow from the two settings (ASVS 7.3.1, 7.3.2)', () => {
    expect(sessionTimes({ idleSeconds: 3600, absoluteSeconds: 86_400 })).toEqual({
      idleMs: 3_600_000,
      absoluteMs: 86_400_000,
      grantMs: 30_000,
      slackMs: 60_000,
      rotationMs: 10_000,
    });
  });

  it('shrink with a short idle limit: the slack stays a sixtieth, the grant never outlasts the session', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_592_000 }), (idleSeconds) => {
        const times = sessionTimes({ idleSeconds, absoluteSeconds: 86_400 });
        expect(times.slackMs).toBeLessThanOrEqual(times.idleMs / 60);
        expect(times.slackMs).toBeLessThanOrEqual(60_000);
        expect(times.grantMs).toBeLessThanOrEqual(times.idleMs);
        expect(Number.isInteger(times.slackMs)).toBe(true);
      }),
    );
  });

  it('let a remembered browser come back by itself only when nobody meant to end the session', () => {
    expect(endReasons.filter(isResumable)).toEqual(['idle', 'lifetime']);
  });
});

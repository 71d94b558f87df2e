import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { decodeCursor, encodeCursor, pageQuery, pageRequest } from '../../src/kernel/page.js';
import { Problem } from '../../src/kernel/problem.js';

const query = z.strictObject(pageQuery);

function slugOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error.slug;
    throw error;
  }
  return 'none';
}

describe('a list query', () => {
  it('asks for the first 50 when it says nothing', () => {
    expect(pageRequest(query.parse({}))).toEqual({ limit: 50, cursor: null });
  });

  it.each(['1', '200'])('takes a limit of %s', (limit) => {
    expect(query.parse({ limit }).limit).toBe(Number(limit));
  });

  it.each([
    { limit: '0' },
    { limit: '-1' },
    { limit: '201' },
    { limit: '1.5' },
    { limit: '1e9' },
    { limit: 'many' },
    { limit: ['1', '2'] },
    { limit: 'Infinity' },
    { cursor: '' },
    { cursor: 'x'.repeat(501) },
    { cursor: ['a', 'b'] },
    { offset: '1' },
  ])('refuses %j', (given) => {
    expect(query.safeParse(given).success).toBe(false);
  });
});

describe('a cursor', () => {
  const kinds = ['string', 'number'] as const;

  it('gives back what was put in, and is safe in a URL', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer(), (text, number) => {
        const cursor = encodeCursor([text, number]);
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeCursor(cursor, kinds)).toEqual([text, number]);
      }),
    );
  });

  it('that was not made here is an invalid request, never a failure', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.json()), (text) => {
        expect(slugOf(() => decodeCursor(text, ['string', 'number', 'string', 'number', 'string']))).toBe(
          'invalid-request',
        );
      }),
    );
  });

  it.each([
    ['too few parts', encodeCursor(['a'])],
    ['too many parts', encodeCursor(['a', 1, 2])],
    ['parts of other kinds', encodeCursor([1, 'a'])],
    ['no list', Buffer.from('{"0":"a","1":1,"length":2}').toString('base64url')],
    ['nothing', ''],
  ])('with %s is refused and says where it was', (_what, cursor) => {
    expect(slugOf(() => decodeCursor(cursor, kinds))).toBe('invalid-request');
    expect(() => decodeCursor(cursor, kinds)).toThrow(
      expect.objectContaining({ members: { errors: [{ pointer: 'query:cursor', rule: expect.any(String) }] } }),
    );
  });
});

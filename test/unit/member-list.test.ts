import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Problem } from '../../src/kernel/problem.js';
import { readMemberList } from '../../src/licences/member-list.js';

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

describe('a list of members', () => {
  it('is read back as it was written, whatever the names hold and wherever its slices are cut', async () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => {
      return /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+$/u.test(text) && text === text.trim();
    });
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 500 }), async (names) => {
        const csv = ['email,name,rank', ...names.map((one, i) => `p${i}@example.org,${quoted(one)},${i + 1}`)].join(
          '\r\n',
        );
        expect(await readMemberList(csv)).toEqual(
          names.map((one, i) => ({ line: i + 2, email: `p${i}@example.org`, name: one, rank: i + 1 })),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('is read, or refused with a reason, whatever was sent', async () => {
    const text = fc.string({
      unit: fc.constantFrom('"', ',', ';', '\t', '\n', '\r\n', 'a', '@', 'b.de', ' ', '\ufeff', '1', 'é'),
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('', 'email\n', 'email,name\n', 'rank;email\n'), text, async (head, rest) => {
        try {
          const lines = await readMemberList(head + rest);
          const numbers = lines.map(({ line }) => line);
          expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
          for (const line of lines) if ('reason' in line) expect(line.reason).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
          expect((error as Problem).members['errors']).toEqual([{ pointer: '/csv', rule: expect.any(String) }]);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('of ten thousand lines lets others have their turn again and again', async () => {
    const csv = ['email', ...Array.from({ length: 10_000 }, (_, i) => `somebody-${i}@a-long-domain.example.org`)].join(
      '\n',
    );
    let turns = 0;
    let done = false;
    const other = () => {
      turns += 1;
      if (!done) setImmediate(other);
    };
    setImmediate(other);
    expect(await readMemberList(csv)).toHaveLength(10_000);
    done = true;
    expect(turns).toBeGreaterThan(20);
  });
});

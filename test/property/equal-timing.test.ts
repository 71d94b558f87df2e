import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WholeServer } from '../support/whole-server.js';

/** In a long run (`USHER_LONG`) 300 of each are asked, and medians may differ by 5 %; else few, and what is gross is found. */
const long = process.env['USHER_LONG'] !== undefined;
const [each, tolerance] = long ? [300, 0.05] : [40, 0.5];

let server: WholeServer;
const known: string[] = [];

beforeAll(async () => {
  // The addresses of the clients are made up, since one may not ask so often.
  server = await WholeServer.start({ BCRYPT_COST: '8', TRUST_PROXY: 'loopback', ALLOW_INSECURE: 'true' });
  for (let i = 0; i < each; i += 1) known.push((await server.world.account()).email);
}, 300_000);

afterAll(() => server?.stop());

let asked = 0;

async function millisecondsOf(path: string, email: string, more: object): Promise<number> {
  asked += 1;
  const address = `10.${Math.floor(asked / 40_000) % 250}.${Math.floor(asked / 200) % 200}.${asked % 200}`;
  const before = performance.now();
  const answer = await server.nobody.ask('POST', path, {
    body: { email, ...more },
    headers: { 'x-forwarded-for': address },
  });
  const took = performance.now() - before;
  if (answer.status === 503) {
    // The machine was busy with something else: no measure of anything.
    await new Promise((resolve) => setTimeout(resolve, 300));
    return millisecondsOf(path, email, more);
  }
  expect([answer.status, answer.text]).toEqual([202, '{}']);
  return took;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

/** By how much the medians of known and unknown addresses differ, as a part of the smaller one. */
async function differenceOf(path: string, more: object): Promise<number> {
  const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] };
  for (const [i, email] of known.entries()) {
    const stranger = `${email.slice(0, 12)}${String(i).padStart(4, '0')}@example.org`;
    const pair = [['known', email] as const, ['unknown', stranger] as const];
    for (const [kind, address] of i % 2 === 0 ? pair : pair.reverse()) {
      times[kind].push(await millisecondsOf(path, address, more));
    }
  }
  const medians = [median(times.known), median(times.unknown)] as const;
  return Math.abs(medians[0] - medians[1]) / Math.min(...medians);
}

describe.each([
  ['/auth/register', { password: 'seven grey herons by the lake' }],
  ['/auth/password/forgot', {}],
  ['/auth/verify-email/resend', {}],
] as const)('POST %s', (path, more) => {
  it(`takes as long for an address with an account as for one without: ${each} of each, in turn (ASVS 6.3.8)`, async () => {
    const differences: number[] = [];
    // What is a difference is one each time; what the machine did meanwhile is not.
    while (differences.length < 3 && !differences.some((difference) => difference <= tolerance)) {
      differences.push(await differenceOf(path, more));
    }
    expect(Math.min(...differences)).toBeLessThanOrEqual(tolerance);
  }, 600_000);
});

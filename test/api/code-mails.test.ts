import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appCode } from '../support/authenticator-app.js';
import { until } from '../support/pace.js';
import type { Answered } from '../support/web-lab.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account } from '../support/world.js';

let server: WholeServer;

beforeAll(async () => {
  server = await WholeServer.start();
}, 60_000);

afterAll(async () => {
  await server?.stop();
});

const slugOf = (answer: Answered) => answer.json?.type?.replace('/problems/', '') ?? answer.status;
const signIn = async ({ login }: Account) => (await server.nobody.trySignIn(login)) as Answered;
const codesTo = async ({ email }: Account) =>
  (await server.letters.to(email)).filter((text) => text.includes('Your code to sign in: ')).length;

describe('a code by mail at sign-in', () => {
  it('goes out five times within ten minutes to whoever has the right password, who is told when to come back', async () => {
    const person = await server.world.account(['staff']);
    await (await server.world.enter(person)).must(201, 'POST', '/auth/factors/email', {});
    const tries: Answered[] = [];
    for (let i = 0; i < 12; i++) tries.push(await signIn(person));
    const wanted = Array.from({ length: 12 }, (_, i) => (i < 5 ? 'second-factor-required' : 'too-many-attempts'));
    expect(tries.map(slugOf)).toEqual(wanted);
    expect(tries.at(-1)?.status).toBe(429);
    expect(Number(tries.at(-1)?.headers['retry-after'])).toBeGreaterThan(500);
    await until('five codes', 8_000, async () => (await codesTo(person)) >= 5);
    expect(await codesTo(person)).toBe(5);
  });

  it('that may not be sent yet keeps nobody from another factor', async () => {
    const person = await server.world.account(['staff']);
    const guest = await server.world.enter(person);
    await guest.must(201, 'POST', '/auth/factors/email', {});
    const { id, secret } = await guest.must(201, 'POST', '/auth/factors/totp', {});
    const codeOf = (steps: number) => appCode(secret, steps);
    await guest.must(200, 'POST', `/auth/factors/totp/${id}/confirm`, { code: await codeOf(-1) });
    const begin = async () => {
      const { challenge } = (await signIn(person)).json;
      const body = { challenge, method: 'email' };
      return { challenge, begun: await server.nobody.ask('POST', '/auth/login/second-factor/begin', { body }) };
    };
    const begun: Answered[] = [];
    for (let i = 0; i < 5; i++) begun.push((await begin()).begun);
    const { challenge, begun: last } = await begin();
    expect([...begun, last].map(slugOf)).toEqual([200, 200, 200, 200, 200, 'too-many-attempts']);
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(500);
    const body = { challenge, method: 'totp', code: await codeOf(0) };
    expect((await server.nobody.ask('POST', '/auth/login/second-factor', { body })).status).toBe(200);
  });

  it('that may not be sent yet keeps nobody from a recovery code', async () => {
    const person = await server.world.account(['staff']);
    const guest = await server.world.enter(person);
    await guest.must(201, 'POST', '/auth/factors/email', {});
    const { codes } = await guest.must(201, 'POST', '/auth/factors/recovery-codes', {});
    const tries: Answered[] = [];
    for (let i = 0; i < 7; i++) tries.push(await signIn(person));
    expect(tries.map(slugOf)).toEqual(Array(7).fill('second-factor-required'));
    const body = { challenge: tries.at(-1)?.json.challenge, method: 'recovery', code: codes[0] };
    expect((await server.nobody.ask('POST', '/auth/login/second-factor', { body })).status).toBe(200);
    expect(await codesTo(person)).toBeLessThanOrEqual(5);
  });
});

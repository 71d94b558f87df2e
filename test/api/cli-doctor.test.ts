import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Operator } from '../support/operator.js';
import { plainRedis } from '../support/plain-redis.js';
import { sharedSettings } from '../support/server-process.js';
import { Site } from '../support/site.js';

describe('usher doctor, beside a running server', () => {
  let site: Site;
  let operator: Operator;

  beforeAll(async () => {
    site = await Site.open([{}]);
    operator = new Operator({ ...sharedSettings, DATABASE_URL: site.databaseUrl, REDIS_URL: site.redis.url });
  }, 60_000);

  afterAll(() => site.close());

  it('exits with 0 when it finds nothing, with 1 and words when it does, and mends when it is told to', async () => {
    const licence = await (await site.staff()).licence(5);
    const person = await licence.person();
    const browser = await site.browser().enter(person);
    const handle = browser.ref.split('.')[1] ?? '';
    const sound = await operator.run(['doctor']);
    expect([sound.status, sound.out]).toEqual([0, 'Looked at 2 live sessions in 65 tags.\nNo drift.\n']);

    const redis = await plainRedis(site.redis.url);
    await redis.hSet(`{${licence.id}}:policy`, { seats: '6000' });
    await redis.del(`{${licence.id}}:u:${person.id}`);
    const drift = await operator.run(['doctor']);
    expect(drift.status).toBe(1);
    expect(drift.out).toContain('Redis has another policy of the licence under the same version');
    expect(drift.out).toContain('seats is "6000" instead of "5"');
    expect(drift.out).toContain("A live session is missing from its user's index");
    expect(drift.out).toContain('2 things drifted apart. `usher doctor --mend` puts that right.');
    expect(drift.said).toBe('');

    const mended = await operator.run(['doctor', '--mend', '--json']);
    expect(mended.status).toBe(0);
    expect(mended.json).toMatchObject({
      drift: false,
      findings: [
        { kind: 'policy-differs', licenceId: licence.id, mended: true },
        { kind: 'index-missing', ref: browser.ref, userId: person.id, mended: true },
      ],
    });
    expect(await redis.sMembers(`{${licence.id}}:u:${person.id}`)).toEqual([handle]);
    await redis.close();
    expect((await browser.session()).status).toBe(200);
    expect((await operator.run(['doctor'])).status).toBe(0);
  }, 60_000);

  it('finds nothing while people come and go', async () => {
    const licence = await (await site.staff()).licence(4);
    const people = await licence.people(6);
    let over = false;
    const visits = people.map(async (person) => {
      while (!over) {
        const browser = site.browser();
        if ((await browser.signIn(person)).status === 200) await browser.signOut();
      }
    });
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await operator.run(['doctor']));
    over = true;
    await Promise.all(visits);
    expect(answers.map(({ status, out }) => [status, out.split('\n').at(-2)])).toEqual(
      answers.map(() => [0, 'No drift.']),
    );
  }, 60_000);

  it('exits with 2 when Redis cannot be looked at', async () => {
    const settings = { ...operator.settings, REDIS_URL: 'redis://127.0.0.1:1' };
    const { status, out, said } = await new Operator(settings).run(['doctor']);
    expect([status, out]).toEqual([2, '']);
    expect(said.split('\n')).toHaveLength(2);
  }, 60_000);
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Survey } from '../../src/doctor/survey.js';
import { loadSessionScripts } from '../../src/sessions/session-scripts.js';
import { openHouse, ownStoreLab, type StoreLab } from '../support/store-lab.js';
import { freshRedisCluster } from '../support/stores.js';

describe('what the doctor reads of a Redis Cluster of three masters', () => {
  let own: Awaited<ReturnType<typeof ownStoreLab>>;
  let lab: StoreLab;

  beforeAll(async () => {
    own = await ownStoreLab(freshRedisCluster);
    lab = own.lab;
  }, 60_000);

  afterAll(() => own.stop());

  it('is every session on every node', async () => {
    const opened: string[] = [];
    for (let i = 0; i < 12; i++) {
      const house = openHouse(lab);
      await house.policy({});
      for (let j = 0; j < 2; j++) opened.push((await house.sit()).session.ref);
    }
    const survey = new Survey(lab.link, loadSessionScripts());
    const seen = new Set<string>();
    const users = new Set<string>();
    for await (const page of survey.keys()) {
      for (const { tag, handles, users: named } of page) {
        for (const user of named) users.add(user);
        const { rows, strays } = await survey.ask(tag, { handles, users: named });
        expect(strays).toEqual([]);
        for (const row of rows) if (row.lives && row.indexed) seen.add(row.ref);
      }
    }
    expect([...seen].sort()).toEqual(opened.sort());
    expect(users.size).toBeGreaterThan(0);
  }, 60_000);
});

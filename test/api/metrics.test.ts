import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Guest } from '../support/guest.js';
import { WholeServer } from '../support/whole-server.js';

let server: WholeServer;

beforeAll(async () => {
  server = await WholeServer.start();
}, 60_000);

afterAll(() => server?.stop());

const lines = async (): Promise<string[]> => (await server.nobody.ask('GET', '/metrics')).text.split('\n');

/** Waits until the metrics have these lines: the history is brought over within a moment, and figures are asked anew now and then. */
async function toldSoon(wanted: readonly string[]): Promise<void> {
  const end = performance.now() + 10_000;
  for (;;) {
    const told = await lines();
    const missing = wanted.filter((line) => !told.includes(line));
    if (missing.length === 0) return;
    if (performance.now() > end) expect(missing).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe('the metrics of a running server', () => {
  it('tell of sessions, seats, refusals, endings, and of what it costs', async () => {
    const { id } = await server.world.licence({ seats: 2 });
    const guests: Guest[] = [];
    for (let i = 0; i < 3; i += 1) {
      const account = await server.world.account();
      await server.world.join(id, account);
      const entered = await server.nobody.trySignIn(account.login);
      if (entered instanceof Guest) guests.push(entered);
    }
    expect(guests).toHaveLength(2);
    await guests[0]?.must(204, 'POST', '/auth/logout', {});
    await toldSoon([
      'usher_sessions_live 2',
      `usher_seats_used{licence="${id}"} 1`,
      `usher_seats_limit{licence="${id}"} 2`,
      'usher_all_seats_used 1',
      'usher_sessions_opened_total 3',
      'usher_sessions_ended_total{reason="signed-out"} 1',
      'usher_refusals_total{reason="FULL"} 1',
      'usher_sign_ins_total{outcome="no-seat-free"} 1',
    ]);
    const told = (await lines()).join('\n');
    for (const name of [
      'usher_http_request_duration_seconds_bucket',
      'usher_script_duration_seconds_bucket{le="0.0005",script="open"}',
      'usher_outbox_lag_seconds ',
      'usher_event_lag_seconds ',
      'usher_hash_queue_length ',
      'nodejs_eventloop_lag_seconds ',
    ]) {
      expect(told).toContain(name);
    }
  });

  it('name no person and no session', async () => {
    const told = (await lines()).join('\n');
    expect(told).not.toContain('@example.org');
    expect(told).not.toMatch(/path="|\bref="/);
  });
});

import { describe, expect, it } from '@jest/globals';
import { createMetrics } from '../../src/platform/metrics.js';

describe('the metrics', () => {
  it('tell what was counted, in the text format of Prometheus', async () => {
    const metrics = createMetrics();
    metrics.http.observe('GET', '/auth/session', 200, 0.002);
    metrics.http.observe('GET', '/auth/session', 200, 0.004);
    metrics.signIn('opened');
    metrics.sessionChecked('live');
    metrics.sessionChecked('live');
    metrics.storeUnavailable('redis');
    metrics.hashQueue(3);
    metrics.passwordHashed(0.2);
    metrics.outboxLag(1.5);
    metrics.eventsDrained(7);
    metrics.sessionEvent('admitted', '');
    metrics.sessionEvent('released', 'idle');
    metrics.sessionEvent('refused', 'FULL');
    metrics.eventLag(0.3);
    metrics.scriptRun('open', 0.002);
    metrics.sessionsLive(12);
    metrics.seats([{ id: 'a', used: 3, limit: 5 }], 10);
    const text = await metrics.text();
    for (const line of [
      'usher_http_request_duration_seconds_count{method="GET",route="/auth/session",status="200"} 2',
      'usher_sign_ins_total{outcome="opened"} 1',
      'usher_session_checks_total{outcome="live"} 2',
      'usher_store_unavailable_total{store="redis"} 1',
      'usher_hash_queue_length 3',
      'usher_password_hash_duration_seconds_count 1',
      'usher_outbox_lag_seconds 1.5',
      'usher_events_drained_total 7',
      'usher_sessions_opened_total 1',
      'usher_sessions_ended_total{reason="idle"} 1',
      'usher_refusals_total{reason="FULL"} 1',
      'usher_event_lag_seconds 0.3',
      'usher_script_duration_seconds_count{script="open"} 1',
      'usher_sessions_live 12',
      'usher_seats_used{licence="a"} 3',
      'usher_seats_limit{licence="a"} 5',
      'usher_all_seats_used 3',
      'usher_all_seats_limit 5',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  it('ask before they are read, and are read all the same when nobody answers', async () => {
    const metrics = createMetrics();
    let asked = 0;
    metrics.onRead(async () => metrics.sessionsLive(++asked));
    metrics.onRead(() => Promise.reject(new Error('away')));
    expect(await metrics.text()).toContain('usher_sessions_live 1');
    expect(await metrics.text()).toContain('usher_sessions_live 2');
  });

  it('forget a licence that is no more, and name only so many', async () => {
    const metrics = createMetrics();
    metrics.seats([{ id: 'gone', used: 1, limit: 1 }], 10);
    metrics.seats(
      ['a', 'b', 'c'].map((id) => ({ id, used: 1, limit: 2 })),
      2,
    );
    const text = await metrics.text();
    expect(text).not.toContain('licence="gone"');
    expect(text).not.toContain('licence="c"');
    expect(text).toContain('usher_all_seats_limit 6');
  });

  it('are separate for each server in a process', async () => {
    const [one, two] = [createMetrics(), createMetrics()];
    one.signIn('opened');
    expect(await two.text()).not.toContain('outcome="opened"');
  });
});

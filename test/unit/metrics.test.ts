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
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  it('are separate for each server in a process', async () => {
    const [one, two] = [createMetrics(), createMetrics()];
    one.signIn('opened');
    expect(await two.text()).not.toContain('outcome="opened"');
  });
});

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What is counted, and how to read it. Counting never throws. */
export interface Metrics {
  readonly http: {
    /** One answered request. `routePath` is the route's pattern, never the path that was asked for. */
    observe(method: string, routePath: string, status: number, seconds: number): void;
  };
  /** One sign-in attempt: `signed-in`, or the slug of the problem it was answered with. */
  signIn(outcome: string): void;
  /** One session check: `live`, `anonymous`, `ended`, `other-client` … Called on the hot path. */
  sessionChecked(outcome: string): void;
  /** A store could not be asked, or would not write. */
  storeUnavailable(store: 'redis' | 'postgres'): void;
  /** Passwords that wait for the hashing gate or are being hashed. */
  hashQueue(length: number): void;
  /** One password hash was spent. */
  passwordHashed(seconds: number): void;
  /** Age in seconds of the oldest change that has not reached Redis; 0 when there is none. */
  outboxLag(seconds: number): void;
  /** One attempt to send a message: `sent`, `postponed` or `given-up`. */
  mail(outcome: string): void;
  /** Messages that have not been sent yet. */
  mailWaiting(count: number): void;
  /** Session events that have been written to Postgres. */
  eventsDrained(count: number): void;
  /** One event of the history, when it is written to Postgres: what kind, and the end reason or refusal code if there is one. */
  sessionEvent(kind: string, reason: string): void;
  /** Age in seconds of the oldest event of those that have just been written to Postgres. */
  eventLag(seconds: number): void;
  /** One run of a script in Redis, there and back. */
  scriptRun(script: string, seconds: number): void;
  /** Sessions that live. */
  sessionsLive(count: number): void;
  /** Seats taken and offered: the sums, and each of the first `mostLicences` licences. What was told before is forgotten. */
  seats(licences: readonly { id: string; used: number; limit: number }[], mostLicences: number): void;
  /** A page was kept from something by its policy, by the directive. */
  cspReported(directive: string): void;
  /** Has `look` called, and waited for, whenever everything is about to be read. When it fails the rest is read all the same. */
  onRead(look: () => Promise<void>): void;
  /** Everything in the Prometheus text format. */
  text(): Promise<string>;
  /** The content type of `text()`. */
  readonly contentType: string;
}

const httpBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Metrics of this process in a registry of their own, with those of Node itself. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'usher_http_request_duration_seconds',
    help: 'Time to answer a request',
    labelNames: ['method', 'route', 'status'],
    buckets: httpBuckets,
    registers,
  });
  const observed = remembered((route: string) =>
    remembered((method: string) => remembered((status: number) => requests.labels(method, route, String(status)))),
  );
  const counter = (name: string, help: string, label: string) => {
    const instrument = new Counter({ name, help, labelNames: [label], registers });
    return remembered((value: string) => instrument.labels(value));
  };
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });

  const signIns = counter('usher_sign_ins_total', 'Sign-in attempts', 'outcome');
  const checks = counter('usher_session_checks_total', 'Session checks', 'outcome');
  const unavailable = counter(
    'usher_store_unavailable_total',
    'Store calls that could not be made or were refused',
    'store',
  );
  const queue = gauge('usher_hash_queue_length', 'Passwords waiting for the gate or being hashed');
  const lag = gauge('usher_outbox_lag_seconds', 'Age of the oldest change that has not reached Redis');
  const hashes = new Histogram({
    name: 'usher_password_hash_duration_seconds',
    help: 'Time one password hash took, waiting excluded',
    buckets: [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2],
    registers,
  });
  const house = houseMetrics(registers, counter, gauge);
  const looks: (() => Promise<void>)[] = [];
  return {
    ...house,
    ...outwardMetrics(counter, gauge),
    onRead: (look) => void looks.push(look),
    http: {
      observe: (method, routePath, status, seconds) => observed(routePath)(method)(status).observe(seconds),
    },
    signIn: (outcome) => signIns(outcome).inc(),
    sessionChecked: (outcome) => checks(outcome).inc(),
    storeUnavailable: (store) => unavailable(store).inc(),
    hashQueue: (length) => queue.set(length),
    passwordHashed: (seconds) => hashes.observe(seconds),
    outboxLag: (seconds) => lag.set(seconds),
    text: async () => {
      await Promise.allSettled(looks.map((look) => look()));
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

/** What is told of messages, and of what browsers report. */
function outwardMetrics(
  counter: (name: string, help: string, label: string) => (value: string) => { inc(): void },
  gauge: (name: string, help: string) => Gauge,
): Pick<Metrics, 'mail' | 'mailWaiting' | 'cspReported'> {
  const mails = counter('usher_mail_total', 'Attempts to send a message', 'outcome');
  const waiting = gauge('usher_mail_waiting', 'Messages that have not been sent yet');
  const reports = counter('usher_csp_reports_total', 'Things pages were kept from by their policy', 'directive');
  return {
    mail: (outcome) => mails(outcome).inc(),
    mailWaiting: (count) => waiting.set(count),
    cspReported: (directive) => reports(directive).inc(),
  };
}

/** What is told of sessions and seats. */
function houseMetrics(
  registers: Registry[],
  counter: (name: string, help: string, label: string) => (value: string) => { inc(): void },
  gauge: (name: string, help: string) => Gauge,
): Pick<Metrics, 'eventsDrained' | 'sessionEvent' | 'eventLag' | 'scriptRun' | 'sessionsLive' | 'seats'> {
  const ends = counter('usher_sessions_ended_total', 'Sessions that have ended', 'reason');
  const refusals = counter('usher_refusals_total', 'Sign-ins that found no seat or were not let in', 'reason');
  const opened = new Counter({ name: 'usher_sessions_opened_total', help: 'Sessions that were opened', registers });
  const drained = new Counter({
    name: 'usher_events_drained_total',
    help: 'Session events written to Postgres',
    registers,
  });
  const lag = gauge('usher_event_lag_seconds', 'Age of the oldest session event when it was written to Postgres');
  const live = gauge('usher_sessions_live', 'Live sessions in the whole house');
  const labelNames = ['licence'];
  const used = new Gauge({ name: 'usher_seats_used', help: 'Seats in use', labelNames, registers });
  const limit = new Gauge({ name: 'usher_seats_limit', help: 'Seats there are', labelNames, registers });
  const allUsed = gauge('usher_all_seats_used', 'Seats in use in all licences together');
  const allLimit = gauge('usher_all_seats_limit', 'Seats of all licences together');
  const scripts = new Histogram({
    name: 'usher_script_duration_seconds',
    help: 'Time a script in Redis took, there and back; of checks one in a hundred is timed',
    labelNames: ['script'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.3],
    registers,
  });
  return {
    sessionEvent: (kind, reason) => {
      if (kind === 'admitted') opened.inc();
      else if (kind === 'refused') refusals(reason).inc();
      else ends(reason).inc();
    },
    eventsDrained: (count) => drained.inc(count),
    eventLag: (seconds) => lag.set(seconds),
    scriptRun: (script, seconds) => scripts.labels(script).observe(seconds),
    sessionsLive: (count) => live.set(count),
    seats: (licences, mostLicences) => {
      used.reset();
      limit.reset();
      for (const one of licences.slice(0, mostLicences)) {
        used.labels(one.id).set(one.used);
        limit.labels(one.id).set(one.limit);
      }
      allUsed.set(licences.reduce((sum, one) => sum + one.used, 0));
      allLimit.set(licences.reduce((sum, one) => sum + one.limit, 0));
    },
  };
}

/** Looks a label's instrument up once and keeps it. Labels come from closed lists, so the map stays small. */
function remembered<Key, Instrument>(make: (key: Key) => Instrument): (key: Key) => Instrument {
  const made = new Map<Key, Instrument>();
  return (key) => {
    let instrument = made.get(key);
    if (instrument === undefined) {
      instrument = make(key);
      made.set(key, instrument);
    }
    return instrument;
  };
}

/**
 * The test files that wait most of their time, for clocks, deadlines and stores that are away: one after the other beside the
 * rest, they take little of the processor, and nobody who measures notices them.
 */
const waiting = [
  'fault/crash',
  'proxy/other-proxies',
  'api/sign-in',
  'api/registration',
  'fault/redis-writes',
  'api/event-stream',
  'api/own-events',
  'fault/redis-link',
  'api/mail',
  'fault/mail-away',
  'api/notices',
  'fault/session-news',
  'fault/postgres-away',
  'fault/embedded',
  'fault/redis-freeze',
  'fault/withdrawals',
  'fault/redis-cluster-link',
];

const browser = '/test/browser/';
const patterns = waiting.map((name) => `/test/${name}\\.test\\.js$`);

/**
 * What jest is told to run, and how: `main` and `beside` at once, `browsers` after them, as others would measure what these
 * take. A page waits often, for a frame or for what stays away: three at once keep two cores at work.
 */
export const lanes = {
  main: ['--maxWorkers', '2', '--testPathIgnorePatterns', browser, ...patterns],
  beside: ['--maxWorkers', '1', '--testPathPatterns', ...patterns],
  browsers: ['--maxWorkers', '3', '--testPathPatterns', browser],
  /** All but those with browsers, for the long figures: nothing runs beside what they measure but one another file. */
  withoutBrowsers: ['--maxWorkers', '2', '--testPathIgnorePatterns', browser],
};

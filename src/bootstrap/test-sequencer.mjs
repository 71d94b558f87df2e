/**
 * How long the longest test files take on a quiet machine, in seconds. It only says what is begun first, so it need not be
 * exact; a file that is not named takes less than five.
 */
const seconds = {
  'fault/crash': 60,
  'property/seats.property': 45,
  'fault/start': 44,
  'property/bad-requests': 36,
  'property/usage-month': 35,
  'fault/redis-writes': 32,
  'browser/client': 30,
  'fault/redis-freeze': 30,
  'api/event-stream': 25,
  'api/own-events': 24,
  'fault/seats-race': 24,
  'browser/sign-in-page': 23,
  'api/registration': 21,
  'api/every-route': 21,
  'fault/redis-link': 21,
  'fault/sign-in-rush': 20,
  'fault/doctor-kills': 19,
  'api/doctor': 18,
  'proxy/other-proxies': 17,
  'api/mail': 17,
  'fault/revival': 16,
  'property/usage.property': 16,
  'fault/mail-away': 15,
  'fault/endings': 15,
  'api/notices': 15,
  'api/contract': 14,
  'fault/doctor-embedded': 14,
  'api/cli-doctor': 14,
  'api/invitations': 14,
  'fault/postgres-away': 13,
  'api/store-cluster': 13,
  'api/cli': 13,
  'fault/session-news': 13,
  'fault/embedded': 12,
  'api/new-browser': 11,
  'property/parallel-history': 11,
  'property/sign-in-timing': 11,
  'api/roles-live': 11,
  'api/own-account': 11,
  'proxy/image': 11,
  'api/not-me': 10,
  'property/equal-timing': 10,
  'api/store-single': 9,
  'browser/docs': 9,
  'api/explain': 9,
  'api/resume': 9,
  'proxy/nginx': 9,
  'api/factors-routes': 8,
  'api/password-reset': 8,
  'api/token-introspection': 7,
  'api/uncounted-endings': 7,
  'api/second-factor-sign-in': 7,
  'api/eighteen-traps': 7,
  'api/contract-staff': 7,
  'api/token-records': 7,
};

/** What a file takes that nobody has measured. */
const UNMEASURED = 4;

/**
 * Begins the longest test files first, so that at the end none is still at work while the other cores have nothing to do. A
 * fresh clone knows no times of earlier runs; this knows them.
 */
export default class TestSequencer {
  sort(tests) {
    const cost = ({ path }) => seconds[nameOf(path)] ?? UNMEASURED;
    return [...tests].sort((a, b) => cost(b) - cost(a) || (a.path < b.path ? -1 : 1));
  }

  shard(tests, { shardIndex, shardCount }) {
    return [...tests].sort((a, b) => (a.path < b.path ? -1 : 1)).filter((_, at) => at % shardCount === shardIndex - 1);
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}

/** `fault/crash` of `/anywhere/dist-test/test/fault/crash.test.js`. */
function nameOf(path) {
  return /([^/]+\/[^/]+)\.test\.js$/.exec(path)?.[1];
}

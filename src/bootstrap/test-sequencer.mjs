/**
 * How long the longest test files take on a quiet machine, in seconds. It only says what is begun first, so it need not be
 * exact; a file that is not named takes less than five.
 */
const seconds = {
  'fault/crash': 70,
  'browser/console-licences': 69,
  'browser/console-people': 54,
  'browser/console-sessions': 45,
  'property/bad-requests': 43,
  'fault/redis-writes': 40,
  'property/seats.property': 40,
  'fault/start': 37,
  'browser/sign-in-page': 36,
  'browser/console-pages': 33,
  'fault/redis-freeze': 30,
  'fault/doctor-kills': 29,
  'property/usage-month': 29,
  'browser/client': 28,
  'proxy/other-proxies': 27,
  'api/event-stream': 25,
  'api/every-route': 25,
  'api/own-events': 24,
  'api/sign-in': 24,
  'fault/sign-in-rush': 22,
  'proxy/image': 22,
  'browser/account-pages': 21,
  'fault/redis-link': 21,
  'api/doctor': 20,
  'browser/link-pages': 20,
  'api/registration': 18,
  'api/mail': 17,
  'browser/sample': 17,
  'fault/endings': 17,
  'api/notices': 15,
  'browser/docs': 15,
  'fault/mail-away': 15,
  'fault/seats-race': 15,
  'api/cli-doctor': 14,
  'api/invitations': 14,
  'fault/doctor-embedded': 14,
  'api/store-cluster': 13,
  'fault/postgres-away': 13,
  'fault/session-news': 13,
  'api/contract': 12,
  'browser/set-up': 12,
  'fault/embedded': 12,
  'fault/revival': 12,
  'api/new-browser': 11,
  'api/overview': 11,
  'api/own-account': 11,
  'api/roles-live': 11,
  'browser/hosted-pages': 11,
  'property/parallel-history': 11,
  'api/documented-examples': 10,
  'api/not-me': 10,
  'property/equal-timing': 10,
  'api/cli': 9,
  'api/institute-walls': 9,
  'api/licence-life': 9,
  'api/resume': 9,
  'api/store-single': 9,
  'fault/withdrawals': 9,
  'proxy/nginx': 9,
  'api/factors-routes': 8,
  'api/member-list': 8,
  'api/password-reset': 8,
  'api/remembered-browsers': 8,
  'api/session-crowd': 8,
  'proxy/verify-proxy': 8,
  'unit/password-hash': 8,
  'api/appointments': 7,
  'api/contract-staff': 7,
  'api/eighteen-traps': 7,
  'api/second-factor-sign-in': 7,
  'api/token-introspection': 7,
  'api/token-records': 7,
  'api/uncounted-endings': 7,
  'unit/throttle': 7,
  'api/doctor-many': 6,
  'api/factors': 6,
  'api/session-check': 6,
  'api/user-import': 6,
  'fault/redis-cluster-link': 6,
  'unit/foreign-hash': 6,
  'unit/password-rules': 6,
  'api/explain': 5,
  'browser/manual-examples': 5,
  'browser/passkeys': 5,
  'property/sign-in-timing': 5,
  'property/usage.property': 5,
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

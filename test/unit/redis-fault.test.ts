import { describe, expect, it } from '@jest/globals';
import { ClientOfflineError, SimpleError } from 'redis';
import { redisFault } from '../../src/platform/redis-fault.js';
import { StoreRefusesWrites, StoreUnavailable } from '../../src/platform/unavailable.js';

describe('what a failed Redis command means', () => {
  it.each([
    "OOM command not allowed when used memory > 'maxmemory'.",
    "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
    'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.',
    "READONLY You can't write against a read only replica.",
    'NOREPLICAS Not enough good replicas to write.',
    'ERR Error running script (call to f_1): @user_script:1: -OOM command not allowed',
  ])('refuses writes: %s', (message) => {
    expect(redisFault(new SimpleError(message))).toBeInstanceOf(StoreRefusesWrites);
  });

  it.each([
    'CLUSTERDOWN The cluster is down',
    'LOADING Redis is loading the dataset in memory',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    'BUSY Redis is busy running a script.',
    'NOAUTH Authentication required.',
  ])('is unavailable: %s', (message) => {
    const fault = redisFault(new SimpleError(message));
    expect(fault).toBeInstanceOf(StoreUnavailable);
    expect(fault).not.toBeInstanceOf(StoreRefusesWrites);
  });

  it('is unavailable when the command never reached it', () => {
    expect(redisFault(new ClientOfflineError())).toBeInstanceOf(StoreUnavailable);
  });

  it('is a fault of the caller otherwise, and passed on as it is', () => {
    for (const message of [
      'WRONGTYPE Operation against a key',
      'NOSCRIPT No matching script',
      "ERR unknown command 'OOM'",
    ]) {
      const error = new SimpleError(message);
      expect(redisFault(error)).toBe(error);
    }
  });
});

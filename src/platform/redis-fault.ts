import { ErrorReply } from 'redis';
import { StoreRefusesWrites, StoreUnavailable } from './unavailable.js';

// A refusal inside a script keeps its code in front since Redis 7; before, it stood behind "ERR Error running script".
const refusal = /^(?:ERR .*-)?(?:OOM|MISCONF|READONLY|NOREPLICAS)\b/;
const passing = /^(?:ERR .*-)?(?:CLUSTERDOWN|LOADING|TRYAGAIN|MASTERDOWN|BUSY|MOVED|ASK|NOAUTH|WRONGPASS)\b/;

/**
 * What a failed command means for the caller: StoreRefusesWrites when Redis answers but will not write, StoreUnavailable
 * when it could not be asked or is not ready, otherwise the reply error itself: a fault of the caller.
 */
export function redisFault(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error;
  if (!(error instanceof ErrorReply)) return new StoreUnavailable('redis', { cause: error });
  if (refusal.test(error.message)) return new StoreRefusesWrites({ cause: error });
  if (passing.test(error.message)) return new StoreUnavailable('redis', { cause: error });
  return error;
}

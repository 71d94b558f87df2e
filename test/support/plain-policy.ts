import type { SeatPolicy } from '../../src/sessions/store.js';

/** A policy of which a test says only what matters to it: version 1, active, without a window, nothing tried when it is full. */
export function plainPolicy(over: Partial<SeatPolicy> & { readonly seats: number }): SeatPolicy {
  return { version: 1, state: 'active', validFromMs: null, validToMs: null, perUser: null, chain: [], ...over };
}

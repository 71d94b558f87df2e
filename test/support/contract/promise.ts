import assert from 'node:assert/strict';
import type { Opened } from '../../../src/sessions/store.js';
import type { StoreLab } from '../store-lab.js';

/** Promises of the session store: the sentence, and what shows that it holds. Assertions throw. */
export type Promises = Readonly<Record<string, (lab: StoreLab) => Promise<void>>>;

/** One second, minute, hour and day in milliseconds. */
export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** Narrows an opening's outcome to `full`, or fails. */
export function full(opened: Opened): Extract<Opened, { kind: 'full' }> {
  assert.ok(opened.kind === 'full', `expected a full licence, got ${opened.kind}`);
  return opened;
}

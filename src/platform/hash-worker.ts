import * as argon2 from '@node-rs/argon2';
import bcrypt from 'bcrypt';
import { monotonicMs } from '../kernel/clock.js';
import { compareForeign } from './foreign-compare.js';
import type { HashAnswer, HashJob, HashOrder } from './hash-child.js';
import { argon2Cost } from './hash-scheme.js';

// Runs in a process of its own, at low priority. It lives exactly as long as its parent's channel: signals sent to the
// whole group must not end it while the parent still answers requests.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(0));

process.on('message', ({ id, job }: HashOrder) => {
  const beganMs = monotonicMs();
  workOf(job).then(
    (result) => answer({ id, done: { result, tookMs: monotonicMs() - beganMs } }),
    (error: unknown) => answer({ id, fault: String(error) }),
  );
});

function workOf(job: HashJob): Promise<string | boolean> {
  if (job.kind === 'compare-foreign') return compareForeign(job.password, job.foreign);
  if (job.kind === 'hash') {
    return job.scheme.name === 'bcrypt' ? bcrypt.hash(job.text, job.scheme.cost) : argon2.hash(job.text, argon2Cost);
  }
  const { hash, scheme } = job.own;
  return scheme.name === 'bcrypt' ? bcrypt.compare(job.text, hash) : argon2.verify(hash, job.text);
}

function answer(message: HashAnswer): void {
  process.send?.(message);
}

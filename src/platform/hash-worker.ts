import bcrypt from 'bcrypt';
import { monotonicMs } from '../kernel/clock.js';
import type { HashAnswer, HashOrder } from './hash-child.js';

// Runs in a process of its own, at low priority. It lives exactly as long as its parent's channel: signals sent to the
// whole group must not end it while the parent still answers requests.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(0));

process.on('message', ({ id, job }: HashOrder) => {
  const beganMs = monotonicMs();
  const work = job.kind === 'hash' ? bcrypt.hash(job.text, job.cost) : bcrypt.compare(job.text, job.hash);
  work.then(
    (result) => answer({ id, done: { result, tookMs: monotonicMs() - beganMs } }),
    (error: unknown) => answer({ id, fault: String(error) }),
  );
});

function answer(message: HashAnswer): void {
  process.send?.(message);
}

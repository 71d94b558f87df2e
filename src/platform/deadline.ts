/**
 * The last part of every deadline, in milliseconds, is a timer of its own: when this process stalled, the first one fires
 * before what has arrived meanwhile is read, and what waited to be written is written.
 */
export const graceMs = 20;

/** Answers what `work` answers, or rejects with what `late` makes after `ms` milliseconds. The work itself is not stopped. */
export function withDeadline<Answer>(work: Promise<Answer>, ms: number, late: () => Error): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let timer = setTimeout(() => {
      timer = setTimeout(() => reject(late()), graceMs);
    }, ms - graceMs);
    work.then(
      (answer) => {
        clearTimeout(timer);
        resolve(answer);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

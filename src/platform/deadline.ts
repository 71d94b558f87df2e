/** Answers what `work` answers, or rejects with what `late` makes after `ms` milliseconds. The work itself is not stopped. */
export function withDeadline<Answer>(work: Promise<Answer>, ms: number, late: () => Error): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // One more turn of the loop: after a stall of this process the answer may lie in the socket already.
    const timer = setTimeout(() => setImmediate(() => reject(late())), ms);
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

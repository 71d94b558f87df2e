import { notifications } from '@mantine/notifications';
import { useCallback, useRef, useState } from 'react';
import { type ApiProblem, ofAction, problemFrom } from '../api/problem.js';
import { useInvalidate } from '../api/queries.js';

/** What an action does and what becomes of it. */
export interface ActionOptions<Input, Output> {
  run(input: Input): Promise<Output>;
  /** What to tell when it went well; null tells nothing. */
  done?(output: Output, input: Input): string | null;
  onDone?(output: Output, input: Input): void;
  /** What to ask again for afterwards: the beginnings of paths. */
  readonly refresh?: readonly string[];
  /** The page shows `problem` itself. */
  readonly quiet?: boolean;
}

/** Something the person does. */
export interface Action<Input, Output> {
  /** Undefined when it failed. While it runs, it is not begun again. */
  run(input: Input): Promise<Output | undefined>;
  readonly busy: boolean;
  readonly problem: ApiProblem | null;
  /** What is wrong with each field. */
  readonly fields: Readonly<Record<string, string>>;
  reset(): void;
}

const mostTries = 3;

/** Something the person does: runs it, says how it went, and has what is shown read again. */
export function useAction<Input = void, Output = unknown>(
  options: ActionOptions<Input, Output>,
): Action<Input, Output> {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const latest = useRef(options);
  latest.current = options;
  const running = useRef(false);
  const invalidate = useInvalidate();
  const run = useCallback(
    async (input: Input) => {
      if (running.current) return undefined;
      running.current = true;
      setBusy(true);
      setProblem(null);
      try {
        const output = await patiently(() => latest.current.run(input));
        const told = latest.current.done?.(output, input) ?? null;
        if (told !== null) notifications.show({ message: told, color: 'accent' });
        latest.current.onDone?.(output, input);
        return output;
      } catch (error) {
        const found = ofAction(problemFrom(error));
        setProblem(found);
        if (latest.current.quiet !== true) tellOf(found);
        return undefined;
      } finally {
        running.current = false;
        setBusy(false);
        if (latest.current.refresh !== undefined) void invalidate(...latest.current.refresh);
      }
    },
    [invalidate],
  );
  const reset = useCallback(() => setProblem(null), []);
  return { run, busy, problem, fields: problem?.fields ?? {}, reset };
}

/** A server that is busy has done nothing yet: it is asked again. */
async function patiently<Output>(run: () => Promise<Output>): Promise<Output> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      const problem = problemFrom(error);
      if (problem.slug !== 'busy' || tries === mostTries) throw error;
      await new Promise((resolve) => setTimeout(resolve, problem.waitMs));
    }
  }
}

/** Tells of a failure until it is closed. */
function tellOf(problem: ApiProblem): void {
  notifications.show({ title: problem.body.title, message: problem.message, color: 'danger', autoClose: 12_000 });
}

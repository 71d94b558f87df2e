import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { passes, type Trouble, troubleOf } from './trouble.js';

/** How often something is tried again by itself, and after which time, in ms, people are told that it takes long. */
const mostTries = 20;
const slowMs = 4_000;

/** One thing a page does at a time, and how it stands. */
export interface Step {
  readonly busy: boolean;
  /** Whether it takes longer than people expect. */
  readonly slow: boolean;
  readonly trouble: Trouble | null;
  /** Does it, unless something is being done. While the server is busy or interrupted it is done again by itself. */
  readonly run: (work: () => Promise<void>) => Promise<void>;
  /** Does at once what waits to be done again, by itself or, after many tries, by hand. */
  readonly retry: () => void;
  /** Forgets the trouble, and what waits. */
  readonly clear: () => void;
}

/** Keeps one thing a page does at a time. */
export function useStep(): Step {
  const [state, setState] = useState<Pick<Step, 'busy' | 'slow' | 'trouble'>>({
    busy: false,
    slow: false,
    trouble: null,
  });
  const running = useRef(false);
  const gone = useRef(false);
  const waiting = useRef<{ readonly timer?: ReturnType<typeof setTimeout>; readonly again: () => void } | null>(null);
  const forget = useCallback(() => {
    clearTimeout(waiting.current?.timer);
    waiting.current = null;
  }, []);
  useEffect(
    () => () => {
      gone.current = true;
      forget();
    },
    [forget],
  );

  const attempt = async (work: () => Promise<void>, tries: number) => {
    if (running.current) return;
    running.current = true;
    forget();
    setState((before) => ({ ...before, busy: true, trouble: tries === 1 ? null : before.trouble }));
    const slow = setTimeout(() => setState((before) => ({ ...before, slow: true })), slowMs);
    let trouble: Trouble | null = null;
    try {
      await work();
    } catch (error) {
      trouble = troubleOf(error);
    }
    clearTimeout(slow);
    running.current = false;
    if (gone.current) return;
    if (trouble === null || !passes(trouble)) {
      setState({ busy: false, slow: false, trouble });
      return;
    }
    const { error, againAtMs } = tries < mostTries ? trouble : { ...trouble, againAtMs: null };
    setState({ busy: false, slow: false, trouble: { error, againAtMs } });
    if (againAtMs === null) {
      // From here on by hand; the trouble stays to be seen meanwhile, and the tries are counted anew.
      waiting.current = { again: () => void attempt(work, 0) };
      return;
    }
    const again = () => void attempt(work, tries + 1);
    waiting.current = { again, timer: setTimeout(again, againAtMs - Date.now()) };
  };

  return {
    ...state,
    run: (work) => attempt(work, 1),
    retry: () => waiting.current?.again(),
    clear() {
      forget();
      setState({ busy: running.current, slow: false, trouble: null });
    },
  };
}

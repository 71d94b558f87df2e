import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type State, UsherClient, UsherProblem } from 'usher/client';

/** The page's side of Usher. */
export const usher = new UsherClient();

/** What is known of the session, and again whenever that changes. */
export function useUsher(): State {
  const [state, show] = useState(usher.state());
  useEffect(() => usher.subscribe(() => show(usher.state())), []);
  return state;
}

/** The same each second: whole seconds until the session ends unless it is used. Null without one. */
export function useSecondsLeft(): number | null {
  const [seconds, show] = useState(usher.secondsLeft());
  useEffect(() => {
    const timer = setInterval(() => show(usher.secondsLeft()), 1000);
    return () => clearInterval(timer);
  }, []);
  return seconds;
}

/** For what is shown in the place of something else: the focus goes there, so that nobody has to look for it. */
export function useFirstFocus<Element extends HTMLElement>(): RefObject<Element | null> {
  const first = useRef<Element>(null);
  useEffect(() => first.current?.focus(), []);
  return first;
}

/** What to tell a person of something that went wrong. */
export function saidOf(error: unknown): string {
  if (error instanceof UsherProblem) {
    if (error.status === 503)
      return 'The server is busy or away for a moment. Nothing is lost: try again in a few seconds.';
    return error.message;
  }
  return 'The server cannot be reached. Look at your connection, then try again.';
}

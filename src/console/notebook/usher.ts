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

/** Whether whoever waited for a seat has to begin again: the ticket was spent, or the browser is not remembered any more. */
export function isLapsed(error: unknown): boolean {
  return error instanceof NothingToComeBackTo || (error instanceof UsherProblem && error.status === 401);
}

/** Whether the same may be asked again in a while: the server is busy or away, or cannot be reached. */
export function isPassing(error: unknown): boolean {
  return error instanceof UsherProblem ? error.status === 503 : error instanceof TypeError;
}

/** There is no session in this browser that could be gone on with. */
export class NothingToComeBackTo extends Error {}

/** What to tell a person of something that went wrong. */
export function saidOf(error: unknown): string {
  if (error instanceof UsherProblem) {
    if (error.status === 503)
      return 'The server is busy or away for a moment. Nothing is lost: try again in a few seconds.';
    return error.message;
  }
  return 'The server cannot be reached. Look at your connection, then try again.';
}

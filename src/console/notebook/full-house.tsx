import { useEffect, useRef } from 'preact/hooks';
import type { Outcome } from 'usher/client';
import type { Enter } from './sign-in.js';
import { NothingToComeBackTo, useFirstFocus, usher } from './usher.js';
import { timeOf } from './words.js';

/** So soon a seat is asked for again while somebody waits, then ever more seldom, in milliseconds. */
const soonestMs = 3_000;
const seldomestMs = 30_000;

/** No seat is free: wait for one, or give up a session of one's own. The ticket spares the password. */
export function FullHouse({
  full,
  waits,
  wait,
  enter,
  busy,
  back,
}: {
  full: Extract<Outcome, { kind: 'full' }>;
  waits: boolean;
  wait: (on: boolean) => void;
  enter: Enter;
  busy: boolean;
  back: () => void;
}) {
  const { ticket, limit, used, nextFreeAt, options, ownSessions } = full;
  const again = (end?: string) => enter(() => sitDown(ticket, end));
  const title = useFirstFocus<HTMLHeadingElement>();
  const next = useRef(again);
  next.current = again;
  useEffect(() => {
    if (!waits) return;
    let pauseMs = soonestMs;
    const later = () =>
      setTimeout(async () => {
        pauseMs = Math.min(seldomestMs, pauseMs * 1.5);
        await next.current();
        if (!stopped) timer = later();
      }, pauseMs);
    let stopped = false;
    let timer = later();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [waits]);
  return (
    <section aria-labelledby="full">
      <h2 id="full" ref={title} tabIndex={-1}>
        The house is full
      </h2>
      <p>
        {taken(used, limit)}
        {nextFreeAt !== null && ` A seat falls free at ${timeOf(nextFreeAt)} unless somebody goes on working there.`}
      </p>
      <p role="status">{waits && 'You are waiting. As soon as a seat is free you sit down: leave this page open.'}</p>
      {options.includes('end-own') && ownSessions.length > 0 && (
        <>
          <h3>Your own sessions</h3>
          <ul class="choices">
            {ownSessions.map((own) => (
              <li key={own.ref}>
                <button type="button" disabled={busy} onClick={() => again(own.ref)}>
                  <strong>End it and sit here</strong>
                  <span class="faint">
                    {own.browser} on {own.os}, last used at {timeOf(own.lastSeenAt)}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {waits ? (
        <button type="button" onClick={() => wait(false)}>
          Stop waiting
        </button>
      ) : (
        <button type="button" class="main" disabled={busy} onClick={() => wait(true)}>
          Wait for a seat
        </button>
      )}
      <button type="button" class="plain" onClick={back}>
        Back
      </button>
    </section>
  );
}

function taken(used: number, limit: number): string {
  if (used < limit) return 'You have as many sessions as one person may have.';
  return limit === 1 ? 'The only seat is taken.' : `All ${limit} seats are taken.`;
}

/** With the ticket that spares the password. Whoever is remembered in this browser needs none. */
async function sitDown(ticket: string | null, end: string | undefined): Promise<Outcome> {
  if (ticket !== null) return usher.takeSeat(ticket, end === undefined ? undefined : { end });
  const session = await usher.start();
  const { waiting } = usher.state();
  if (session !== null) return { kind: 'signed-in', session };
  if (waiting !== null) return waiting;
  throw new NothingToComeBackTo();
}

import { useEffect, useState } from 'preact/hooks';
import type { SessionView } from 'usher/client';
import { useSecondsLeft, useUsher, usher } from './usher.js';
import { span, timeOf } from './words.js';

interface Seat {
  readonly limit: number | null;
  readonly used: number | null;
}

/** As many as are drawn. */
const chairs = Array.from({ length: 12 }, (_, i) => i);
/** So often the seats are counted, in milliseconds: in the background, so that looking keeps nobody's seat. */
const everyMs = 5_000;

/** How long the session lasts, and how full the house is. Warns, louder towards the end. */
export function SessionStrip({ view }: { view: SessionView }) {
  const { expiring } = useUsher();
  const left = useSecondsLeft();
  const seat = useSeat();
  return (
    <aside class={expiring === null ? 'strip' : 'strip soon'} aria-label="Your session">
      <dl>
        <div>
          <dt>Here since</dt>
          <dd>{timeOf(view.session.createdAt)}</dd>
        </div>
        <div>
          <dt>Ends, unless used, in</dt>
          <dd class="count">{left === null ? '–' : span(left)}</dd>
        </div>
        {seat?.limit != null && seat.used != null && (
          <div>
            <dt>Seats taken</dt>
            <dd>
              <span class="seats" aria-hidden="true">
                {chairs.slice(0, seat.limit).map((chair) => (
                  <i key={chair} class={chair < (seat.used ?? 0) ? 'taken' : ''} />
                ))}
              </span>
              <span class="count">
                {seat.used} of {seat.limit}
              </span>
            </dd>
          </div>
        )}
      </dl>
      <div class="stay">
        <p role="status">{expiring !== null && 'Your session is about to end. Stay, or your notes go with it.'}</p>
        <button type="button" class={expiring === null ? '' : 'main'} onClick={() => void usher.keep().catch(() => {})}>
          Stay signed in
        </button>
      </div>
    </aside>
  );
}

function useSeat(): Seat | null {
  const [seat, show] = useState<Seat | null>(null);
  useEffect(() => {
    const look = async () => {
      const answer = await usher.fetch('/auth/seat', { headers: { 'X-Background': '1' } }).catch(() => null);
      if (answer?.ok) show((await answer.json()) as Seat);
    };
    void look();
    const timer = setInterval(() => void look(), everyMs);
    return () => clearInterval(timer);
  }, []);
  return seat;
}

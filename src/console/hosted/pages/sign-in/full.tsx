import { useEffect, useRef, useState } from 'preact/hooks';
import { UsherProblem } from '../../../../client/problem.js';
import { Button } from '../../kit/button.js';
import { Frame } from '../../kit/frame.js';
import { Notice } from '../../kit/notice.js';
import { passes, type Trouble, TroubleNotice } from '../../kit/trouble.js';
import { ago, clockTime, duration, figure } from '../../language.js';
import { signInTexts } from '../../texts/sign-in.js';
import { type FullHouse, forSeat } from './door.js';
import type { Stage, Way } from './way.js';

/** How often somebody who waits looks for a seat, in seconds. */
const lookEverySeconds = 20;

/** What the licence offers somebody who finds no seat: to wait, or the seat of an own session. */
export function Full({ way, stage: { house } }: { way: Way; stage: Extract<Stage, { kind: 'full' }> }) {
  const t = signInTexts();
  const { step } = way;
  const [waits, setWaits] = useState(false);
  const buttons = useRef<HTMLDivElement>(null);
  const began = useRef(waits);
  useEffect(() => {
    // The button that was pressed is gone: the one in its place has the focus.
    if (began.current !== waits) buttons.current?.querySelector('button')?.focus();
    began.current = waits;
  }, [waits]);
  const { trouble } = step;
  useEffect(() => {
    // Nobody is told that they get in by themselves after a refusal that time does not mend.
    if (trouble && !mends(trouble)) setWaits(false);
  }, [trouble]);
  const take = (end?: string) => step.run(() => takeSeat(way, house, end));
  const own = house.options.includes('end-own') ? house.ownSessions : [];
  return (
    <Frame title={t.fullTitle} lead={whyFull(house)}>
      <TroubleNotice step={step} />
      {waits && <Waiting house={house} busy={step.busy} trouble={trouble} look={() => take()} />}
      <div class="stack" ref={buttons}>
        {!waits && house.options.includes('wait') && (
          <Button
            kind="main"
            onClick={() => {
              setWaits(true);
              void take();
            }}
          >
            {t.wait}
          </Button>
        )}
        {waits && (
          <>
            <Button busy={step.busy} onClick={() => take()}>
              {t.lookNow}
            </Button>
            <Button
              onClick={() => {
                step.clear();
                setWaits(false);
              }}
            >
              {t.stopWaiting}
            </Button>
          </>
        )}
      </div>
      {own.length > 0 && <OwnSessions own={own} busy={step.busy} end={take} />}
      <p class="links">
        <button type="button" class="link" onClick={() => way.begin()}>
          {t.somebodyElse}
        </button>
      </p>
    </Frame>
  );
}

function whyFull({ reason, limit, nextFreeAt }: FullHouse): string {
  const t = signInTexts();
  const taken = reason === 'USER_MAX' ? t.userMax : limit === 1 ? t.fullOne : t.full(figure(limit));
  return nextFreeAt === null ? taken : `${taken} ${t.nextFree(clockTime(nextFreeAt))}`;
}

/** A ticket is good for one try: a house that is still full gives another, and without one the person begins again. */
async function takeSeat(way: Way, house: FullHouse, end: string | undefined): Promise<void> {
  try {
    await way.go(() => forSeat(house, end));
  } catch (error) {
    const isOver = error instanceof UsherProblem && ['invalid-credentials', 'not-signed-in'].includes(error.slug);
    if (!isOver) throw error;
    way.begin({ kind: 'too-long' });
  }
}

/** Whether time mends it, so that it is worth looking again. */
function mends(trouble: Trouble): boolean {
  return passes(trouble) || trouble.againAtMs !== null;
}

/** Looks again and again, whatever the last look found. Who hears the page is told once that they wait. */
function Waiting(props: { house: FullHouse; busy: boolean; trouble: Trouble | null; look: () => void }) {
  const { house, busy, trouble, look } = props;
  const t = signInTexts();
  const [left, setLeft] = useState(lookEverySeconds);
  // biome-ignore lint/correctness/useExhaustiveDependencies: anew after each look, which finds another house or trouble.
  useEffect(() => {
    if (busy) return;
    const notBefore = Math.ceil(((trouble?.againAtMs ?? 0) - Date.now()) / 1000);
    setLeft(Math.max(lookEverySeconds, notBefore));
    const timer = setInterval(() => setLeft((before) => before - 1), 1000);
    return () => clearInterval(timer);
  }, [house, busy, trouble]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the time has come.
  useEffect(() => {
    if (left === 0) look();
  }, [left]);
  return (
    <Notice kind="info">
      <p>{t.waiting}</p>
      <p class="figures" aria-hidden="true">
        {busy || left <= 0 ? t.looking : (trouble === null || !passes(trouble)) && t.nextTry(duration(left))}
      </p>
    </Notice>
  );
}

function OwnSessions({
  own,
  busy,
  end,
}: {
  own: FullHouse['ownSessions'];
  busy: boolean;
  end: (ref: string) => Promise<void>;
}) {
  const t = signInTexts();
  return (
    <section aria-labelledby="own">
      <h2 id="own">{t.ownTitle}</h2>
      <p class="fine">{t.ownLead}</p>
      <ul class="choices" aria-busy={busy}>
        {own.map(({ ref, browser, os, lastSeenAt }) => (
          <li key={ref}>
            <button type="button" class="choice" onClick={() => end(ref)}>
              <span>{t.endOwn(browser, os)}</span> <small>{t.lastUsed(ago(lastSeenAt))}</small>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

import { useEffect, useState } from 'preact/hooks';
import { type ProblemBody, UsherProblem } from '../../../client/problem.js';
import { duration } from '../language.js';
import { kitTexts } from '../texts/kit.js';
import { problemTexts } from '../texts/problems.js';
import { ruleWords } from '../texts/rules.js';
import { Notice } from './notice.js';

/** Something that went wrong, as it was thrown, and when it is worth trying again by itself or by hand. */
export interface Trouble {
  readonly error: unknown;
  readonly againAtMs: number | null;
}

const passing: readonly string[] = ['store-unavailable', 'busy'];
/** After so long a server that could not be reached is asked again, in ms. */
const unreachableMs = 5_000;

/** What a step that failed leaves behind. */
export function troubleOf(error: unknown): Trouble {
  if (isUnreachable(error)) return { error, againAtMs: Date.now() + unreachableMs };
  const seconds = error instanceof UsherProblem ? error.body['retryAfterSeconds'] : undefined;
  return { error, againAtMs: typeof seconds === 'number' ? Date.now() + Math.max(1, seconds) * 1000 : null };
}

/** Whether the server will be well again by itself, so that the same may be asked once more. */
export function passes({ error }: Trouble): boolean {
  return error instanceof UsherProblem ? passing.includes(error.slug) : isUnreachable(error);
}

/** What a step that failed says about single fields, by their names. */
export function faultsOf({ error }: Trouble): Readonly<Record<string, string>> {
  if (!(error instanceof UsherProblem)) return {};
  const faults = (error.body['errors'] ?? []) as { pointer: string; rule: string }[];
  const found = faults.map(({ pointer, rule }) => [pointer.slice(1), ruleWords(rule)] as const);
  if (error.slug === 'invalid-code') return { code: problemWords(error.body) };
  const { pointer } = error.body;
  return Object.fromEntries(
    typeof pointer === 'string' ? [...found, [pointer.slice(1), problemWords(error.body)]] : found,
  );
}

/** A problem in the language people read; in the server's words where there are no others. */
export function problemWords({ type, detail }: ProblemBody): string {
  const known: Readonly<Record<string, string>> = problemTexts();
  return known[type.replace('/problems/', '')] ?? detail;
}

/** What browsers throw when nobody answers, each in its own words. */
function isUnreachable(error: unknown): boolean {
  return error instanceof TypeError && /fetch|network|load failed/i.test(error.message);
}

function wordsOf(error: unknown): string {
  const t = kitTexts();
  if (error instanceof UsherProblem) {
    const faults = error.slug === 'invalid-request' ? Object.values(faultsOf({ error, againAtMs: null })) : [];
    return [problemWords(error.body), ...faults].join(' ');
  }
  if (error instanceof DOMException) return error.name === 'NetworkError' ? t.unreachable : t.passkeyUnused;
  if (isUnreachable(error)) return t.unreachable;
  return t.unexpected;
}

/**
 * Says what went wrong in a step, and when it is worth trying again; nothing while nothing is wrong. `said`: other words for
 * problems that mean something else here.
 */
export function TroubleNotice({
  step: { trouble, retry },
  said = {},
}: {
  step: { readonly trouble: Trouble | null; readonly retry: () => void };
  said?: Readonly<Record<string, string>>;
}) {
  const t = kitTexts();
  if (trouble === null) return null;
  const { error, againAtMs } = trouble;
  const message = error instanceof UsherProblem ? error.body['message'] : undefined;
  const isOwnFault = error instanceof UsherProblem && error.slug === 'internal';
  const again = passes(trouble);
  return (
    <Notice kind={again ? 'warning' : 'error'}>
      <p>
        {(error instanceof UsherProblem && said[error.slug]) || wordsOf(error)}{' '}
        {againAtMs !== null && <Countdown key={againAtMs} untilMs={againAtMs} retries={again} />}
      </p>
      {typeof message === 'string' && (
        <p>
          {t.messageFromStaff} {message}
        </p>
      )}
      {isOwnFault && <p>{t.report(error.body.instance)}</p>}
      {again && (
        <button type="button" class="link" onClick={retry}>
          {t.retryNow}
        </button>
      )}
    </Notice>
  );
}

/** Counts down for the eye. Who hears the page is told once. */
function Countdown({ untilMs, retries }: { untilMs: number; retries: boolean }) {
  const t = kitTexts();
  const [first] = useState(() => secondsUntil(untilMs));
  const [left, setLeft] = useState(first);
  useEffect(() => {
    const timer = setInterval(() => setLeft(secondsUntil(untilMs)), 500);
    return () => clearInterval(timer);
  }, [untilMs]);
  const said = (seconds: number) => (retries ? t.retryingIn(duration(seconds)) : t.againIn(duration(seconds)));
  return (
    <>
      <span class="unseen">{said(first)}</span>
      <span aria-hidden="true">{left > 0 ? said(left) : retries ? t.loading : t.againNow}</span>
    </>
  );
}

function secondsUntil(untilMs: number): number {
  return Math.max(0, Math.ceil((untilMs - Date.now()) / 1000));
}

import './loaded.css';
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { kitTexts } from '../texts/kit.js';
import { Button } from './button.js';
import { useStep } from './step.js';
import { passes, type Trouble, TroubleNotice } from './trouble.js';

/** Something the server was asked for, and how that stands. */
export interface Loaded<Value> {
  readonly value: Value | null;
  readonly trouble: Trouble | null;
  /** Asks again; what was there stays until the answer comes. */
  readonly reload: () => Promise<void>;
  /** Asks again by itself already: does so at once. */
  readonly retry: () => void;
}

/** Asks for it when the page is shown, and again while the server is interrupted. */
export function useLoaded<Value>(ask: () => Promise<Value>): Loaded<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const { trouble, retry, run } = useStep();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is asked does not change while it is shown.
  const reload = useCallback(() => run(async () => setValue(await ask())), []);
  useEffect(() => void reload(), [reload]);
  return { value, trouble, reload, retry };
}

/** What was loaded, or why it is not there, or that it is on its way. */
export function WhenLoaded<Value>({
  loaded,
  lines = 2,
  children,
}: {
  loaded: Loaded<Value>;
  /** How many lines it will have, so that nothing jumps. */
  lines?: number;
  children: (value: Value) => ComponentChildren;
}) {
  const t = kitTexts();
  const { value, trouble, reload } = loaded;
  if (value !== null) return <>{children(value)}</>;
  if (trouble === null) {
    return (
      <div class="loading" aria-busy="true">
        <span class="unseen">{t.loading}</span>
        {Array.from({ length: lines }, (_, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike.
          <div key={at} class="bone" />
        ))}
      </div>
    );
  }
  return (
    <>
      <TroubleNotice step={loaded} />
      {!passes(trouble) && <Button onClick={() => void reload()}>{t.retry}</Button>}
    </>
  );
}

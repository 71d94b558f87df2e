import type { ComponentChildren } from 'preact';

const marks = { info: 'i', good: '✓', warning: '!', error: '!' } as const;

/** Something to be told: `error` and `warning` at once (role=alert), the others when it suits (role=status). */
export function Notice({ kind, children }: { kind: keyof typeof marks; children: ComponentChildren }) {
  const urgent = kind === 'error' || kind === 'warning';
  return (
    <div class={`notice ${kind}`} role={urgent ? 'alert' : 'status'}>
      <span class="mark" aria-hidden="true">
        {marks[kind]}
      </span>
      <div>{children}</div>
    </div>
  );
}

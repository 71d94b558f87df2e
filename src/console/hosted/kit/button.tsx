import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';

type Attributes = Omit<ButtonHTMLAttributes, 'kind'>;

/** A button. While `busy` it keeps its place and its focus, says so, and takes no second press. */
export function Button({
  kind = 'quiet',
  busy = false,
  children,
  onClick,
  ...rest
}: Attributes & { kind?: 'main' | 'quiet' | 'danger'; busy?: boolean; children: ComponentChildren }) {
  return (
    <button
      type="button"
      {...rest}
      class={`button ${kind}`}
      aria-disabled={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {busy && <span class="spinner" aria-hidden="true" />}
      <span>{children}</span>
    </button>
  );
}

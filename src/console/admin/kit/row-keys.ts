import { type FocusEvent, type KeyboardEvent, useState } from 'react';
import { useLocation } from 'wouter';

/** What the keys of a table move over. */
export interface RowMoves {
  readonly length: number;
  /** Brings a row into view. */
  show(at: number): void;
  readonly toggle: ((at: number) => void) | undefined;
  readonly href: ((at: number) => string) | undefined;
}

/** One row at a time can be reached by Tab; the arrows walk on, Home and End leap, Enter opens, Space selects. */
export function useRowKeys({ length, show, toggle, href }: RowMoves) {
  const [wanted, setAt] = useState(0);
  const [, navigate] = useLocation();
  const at = Math.min(wanted, Math.max(0, length - 1));
  return {
    at,
    onFocus: (event: FocusEvent<HTMLTableRowElement>) => setAt(Number(event.currentTarget.dataset['index'])),
    onKeyDown(event: KeyboardEvent<HTMLTableElement>) {
      const row = event.target as HTMLElement;
      // Keys in a button or a link of a row are for those.
      if (row.tagName !== 'TR') return;
      const here = Number(row.dataset['index']);
      const next = placeAfter(event.key, here, length);
      if (next !== null) {
        event.preventDefault();
        setAt(next);
        show(next);
        focusRow(event.currentTarget, next);
      } else if (event.key === ' ' && toggle !== undefined) {
        event.preventDefault();
        toggle(here);
      } else if (event.key === 'Enter' && href !== undefined) {
        event.preventDefault();
        navigate(href(here));
      }
    },
  };
}

function placeAfter(key: string, at: number, length: number): number | null {
  if (key === 'ArrowDown') return Math.min(at + 1, length - 1);
  if (key === 'ArrowUp') return Math.max(at - 1, 0);
  if (key === 'Home') return 0;
  return key === 'End' ? length - 1 : null;
}

/** The row may come only with the next frames, when what is in view has been drawn anew. */
function focusRow(table: HTMLElement, at: number, frames = 20): void {
  const row = table.querySelector<HTMLElement>(`tr[data-index="${at}"]`);
  if (row !== null) row.focus({ preventScroll: true });
  else if (frames > 0) requestAnimationFrame(() => focusRow(table, at, frames - 1));
}

import type { ReactNode } from 'react';
import classes from './kit.module.css';

/** A state in a word or two. The shape in front tells kinds apart without colour. */
export function State({
  kind,
  children,
}: {
  readonly kind: 'good' | 'warning' | 'danger' | 'neutral' | 'info';
  readonly children: ReactNode;
}) {
  return (
    <span className={classes.state} data-kind={kind}>
      {children}
    </span>
  );
}

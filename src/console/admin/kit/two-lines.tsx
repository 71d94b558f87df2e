import type { ReactNode } from 'react';
import classes from './kit.module.css';

/** Something with what is known of it below, smaller; nothing below where that is empty. */
export function TwoLines({ children, below }: { readonly children: ReactNode; readonly below?: ReactNode }) {
  return (
    <span className={classes.twoLines}>
      {children}
      {below && <span className={classes.aside}>{below}</span>}
    </span>
  );
}

import type { ReactNode } from 'react';
import classes from './kit.module.css';

/** The search and the filters above a list, in one line where there is room. */
export function Toolbar({ children, label }: { readonly children: ReactNode; readonly label: string }) {
  return (
    <search aria-label={label} className={classes.toolbar}>
      {children}
    </search>
  );
}

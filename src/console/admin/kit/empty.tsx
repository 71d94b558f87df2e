import type { ReactNode } from 'react';
import classes from './kit.module.css';

/** What would be here, and the one thing that fills it. */
export function Empty({
  title,
  children,
  action,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className={classes.empty}>
      <p className={classes.emptyTitle}>{title}</p>
      {children !== undefined && <p>{children}</p>}
      {action}
    </div>
  );
}

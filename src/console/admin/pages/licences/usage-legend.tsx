import type { ReactNode } from 'react';
import classes from './licences.module.css';

/** What the lines and marks of the plot mean. */
export function UsageLegend() {
  return (
    <ul className={classes.legend}>
      <Sign means="most seats in use">
        <rect width="22" height="12" fill="var(--accent)" opacity="0.2" />
        <path d="M0 1h22" stroke="var(--accent)" strokeWidth="2" />
      </Sign>
      <Sign means="average">
        <path d="M0 6h22" stroke="var(--text-muted)" strokeWidth="1.5" strokeDasharray="2 3" />
      </Sign>
      <Sign means="limit">
        <path d="M0 6h22" stroke="var(--danger)" strokeWidth="1.5" strokeDasharray="8 5" />
      </Sign>
      <Sign means="peak">
        <circle cx="11" cy="6" r="4" fill="var(--surface)" stroke="var(--text)" strokeWidth="2" />
      </Sign>
      <Sign means="somebody was refused">
        <path d="M6 2h10l-5 8z" fill="var(--danger)" />
      </Sign>
    </ul>
  );
}

function Sign({ means, children }: { readonly means: string; readonly children: ReactNode }) {
  return (
    <li>
      <svg width="22" height="12" aria-hidden="true">
        {children}
      </svg>
      {means}
    </li>
  );
}

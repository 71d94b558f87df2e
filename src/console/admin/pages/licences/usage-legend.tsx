import classes from './licences.module.css';

/** What the lines and marks of the plot mean. */
export function UsageLegend() {
  return (
    <ul className={classes.legend}>
      <li>
        <svg width="22" height="12" aria-hidden="true">
          <rect width="22" height="12" fill="var(--accent)" opacity="0.2" />
          <path d="M0 1h22" stroke="var(--accent)" strokeWidth="2" />
        </svg>
        most seats in use
      </li>
      <li>
        <svg width="22" height="12" aria-hidden="true">
          <path d="M0 6h22" stroke="var(--text-muted)" strokeWidth="1.5" strokeDasharray="2 3" />
        </svg>
        average
      </li>
      <li>
        <svg width="22" height="12" aria-hidden="true">
          <path d="M0 6h22" stroke="var(--danger)" strokeWidth="1.5" strokeDasharray="8 5" />
        </svg>
        limit
      </li>
      <li>
        <svg width="22" height="12" aria-hidden="true">
          <circle cx="11" cy="6" r="4" fill="var(--surface)" stroke="var(--text)" strokeWidth="2" />
        </svg>
        peak
      </li>
      <li>
        <svg width="22" height="12" aria-hidden="true">
          <path d="M6 2h10l-5 8z" fill="var(--danger)" />
        </svg>
        somebody was refused
      </li>
    </ul>
  );
}

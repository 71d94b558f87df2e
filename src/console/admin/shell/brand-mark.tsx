import classes from './shell.module.css';

/** Two seats, one of them taken. */
export function BrandMark() {
  return (
    <svg className={classes.mark} viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <rect className={classes.markGround} width="24" height="24" rx="6" />
      <path className={classes.markSeat} d="M6 6.5v8a2 2 0 0 0 2 2h1.5M6 17.5v-3" />
      <path className={classes.markSeat} d="M18 6.5v8a2 2 0 0 1-2 2h-1.5M18 17.5v-3" />
      <circle className={classes.markPerson} cx="12" cy="9" r="2.4" />
    </svg>
  );
}

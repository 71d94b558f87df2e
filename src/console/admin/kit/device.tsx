import classes from './kit.module.css';

/** Where a session comes from. */
export function Device({
  browser,
  os,
  ip,
}: {
  readonly browser?: string | null;
  readonly os?: string | null;
  readonly ip?: string | null;
}) {
  const beside = [os, ip].filter((one) => one).join(', ');
  return (
    <span className={classes.person}>
      <span>{browser || 'Unknown browser'}</span>
      {beside !== '' && <span className={classes.aside}>{beside}</span>}
    </span>
  );
}

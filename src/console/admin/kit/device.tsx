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
  const what = [browser, os].filter((one) => one).join(' on ');
  return (
    <span className={classes.person}>
      <span>{what === '' ? 'Unknown browser' : what}</span>
      {ip && <span className={classes.aside}>{ip}</span>}
    </span>
  );
}

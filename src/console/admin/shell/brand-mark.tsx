import classes from './shell.module.css';

/** The mark of the house; its name stands beside it. */
export function BrandMark() {
  return <img className={classes.mark} src="/brand/logo" alt="" height={26} />;
}

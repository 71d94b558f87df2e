import classes from './kit.module.css';

/** Stands where something will be; seen only when that takes longer than a moment. */
export function Waiting({ lines = 3, label = 'Loading' }: { readonly lines?: number; readonly label?: string }) {
  return (
    <div className={classes.waiting} role="status">
      <span className={classes.hidden}>{label} …</span>
      {Array.from({ length: lines }, (_line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same.
        <span key={at} className={classes.bone} />
      ))}
    </div>
  );
}

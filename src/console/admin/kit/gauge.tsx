import classes from './kit.module.css';
import { count } from './words.js';

/** How many seats of a licence are used. The bar is for the eye; the words say it all. */
export function Gauge({
  used,
  limit,
  label,
  size = 'md',
}: {
  readonly used: number;
  readonly limit: number;
  /** Whose seats they are, for screen readers. */
  readonly label?: string | undefined;
  readonly size?: 'md' | 'lg';
}) {
  const over = Math.max(0, used - limit);
  const share = limit === 0 ? (used > 0 ? 1 : 0) : Math.min(1, used / limit);
  const level = over > 0 ? 'over' : used >= limit ? 'full' : share >= 0.8 ? 'near' : 'free';
  return (
    <div className={classes.gauge} data-size={size} data-level={level}>
      <span className={classes.gaugeWords}>
        <span>
          <strong>{count(used)}</strong> of {count(limit)}
          {size === 'lg' ? ' seats in use' : ''}
        </span>
        <span className={classes.gaugeLevel}>{levelInWords(level, limit - used, over)}</span>
      </span>
      <meter className={classes.hidden} min={0} max={Math.max(limit, 1)} value={Math.min(used, Math.max(limit, 1))}>
        {label ?? 'Seats in use'}: {count(used)} of {count(limit)}
      </meter>
      <svg className={classes.bar} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect className={classes.barTrack} width="100" height="6" />
        <rect className={classes.barFill} width={share * 100} height="6" />
      </svg>
    </div>
  );
}

function levelInWords(level: string, free: number, over: number): string {
  if (level === 'over') return `${count(over)} over`;
  return level === 'full' ? 'full' : `${count(free)} free`;
}

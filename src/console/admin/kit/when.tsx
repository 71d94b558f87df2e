import { useOfNow } from './now.js';

const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const relative = new Intl.RelativeTimeFormat('en-GB', { numeric: 'auto', style: 'short' });
const steps = [
  [60, 1, 'second'],
  [3600, 60, 'minute'],
  [86_400, 3600, 'hour'],
  [14 * 86_400, 86_400, 'day'],
] as const;

interface Moment {
  /** ISO 8601; null and undefined: there is none. */
  readonly at: string | null | undefined;
  /** What is told where there is no time. */
  readonly none?: string;
}

/** A time as people say it, with the exact one as its title. It goes on by itself. */
export function When({ at, none = '–' }: Moment) {
  const words = useOfNow((nowMs) => (at ? inWords(Date.parse(at), nowMs) : none));
  return at ? <Exact at={at}>{words}</Exact> : <span>{none}</span>;
}

/** How long it is until then; what is past is `over`. */
export function Until({ at, none = '–', over = 'now' }: Moment & { readonly over?: string }) {
  const words = useOfNow((nowMs) => {
    if (!at) return none;
    const seconds = Math.round((Date.parse(at) - nowMs) / 1000);
    return seconds <= 0 ? over : spanInWords(seconds);
  });
  return at ? <Exact at={at}>{words}</Exact> : <span>{none}</span>;
}

/** The minutes and seconds that are left, counting down. */
export function Countdown({ at }: { readonly at: string }) {
  const left = useOfNow((nowMs) => Math.max(0, Math.round((Date.parse(at) - nowMs) / 1000)));
  const minutes = Math.floor(left / 60);
  const hours = Math.floor(minutes / 60);
  const pair = (n: number) => String(n).padStart(2, '0');
  return (
    <Exact at={at}>
      {hours > 0 ? `${hours}:${pair(minutes % 60)}:${pair(left % 60)}` : `${minutes}:${pair(left % 60)}`}
    </Exact>
  );
}

function Exact({ at, children }: { readonly at: string; readonly children: string }) {
  return (
    <time dateTime={at} title={full.format(new Date(at))}>
      {children}
    </time>
  );
}

/** A time as people say it: `3 min ago`, `yesterday`, `4 Mar 2026`. */
export function inWords(atMs: number, nowMs: number): string {
  const seconds = Math.round((atMs - nowMs) / 1000);
  if (Math.abs(seconds) < 5) return 'just now';
  for (const [below, size, unit] of steps) {
    if (Math.abs(seconds) < below) return relative.format(Math.trunc(seconds / size), unit);
  }
  return day.format(new Date(atMs));
}

/** A span of time: `45 s`, `12 min`, `3 h 20 min`, `5 days`. */
export function spanInWords(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (seconds < 86_400) {
    const rest = minutes % 60;
    return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
  }
  const days = Math.round(seconds / 86_400);
  return days === 1 ? '1 day' : `${days} days`;
}

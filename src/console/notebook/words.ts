const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  ...{ weekday: 'long', hour: '2-digit', minute: '2-digit' },
});

/** `14:05`. */
export function timeOf(at: string): string {
  return clock.format(new Date(at));
}

/** `Monday 14:05`. */
export function dayOf(at: string): string {
  return dayAndClock.format(new Date(at)).replace(' at', '').replace(',', '');
}

/** `4:05`, or `1:04:05` from an hour on. */
export function span(seconds: number): string {
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? [hours, ...parts].join(':') : parts.join(':').replace(/^0/, '');
}

/** `1 note`, `4 notes`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

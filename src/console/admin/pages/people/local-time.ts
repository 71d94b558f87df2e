const times = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** A moment as a field for date and time holds it, in the reader's own time. Empty where there is none. */
export function localInput(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  const pair = (number: number) => String(number).padStart(2, '0');
  const day = `${date.getFullYear()}-${pair(date.getMonth() + 1)}-${pair(date.getDate())}`;
  return `${day}T${pair(date.getHours())}:${pair(date.getMinutes())}`;
}

/** A sentence of the server with the moments in it, which are UTC, in the reader's own time. */
export function inLocalTime(sentence: string): string {
  return sentence.replace(/(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/g, (_all, day, time) =>
    times.format(new Date(`${day}T${time}Z`)),
  );
}

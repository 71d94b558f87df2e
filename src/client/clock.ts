/** This machine's time, in milliseconds since the epoch. */
export function nowMs(): number {
  return Date.now();
}

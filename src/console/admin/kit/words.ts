const numbers = new Intl.NumberFormat('en-GB');

/** A number for people. */
export function count(number: number): string {
  return numbers.format(number);
}

/** A number with its noun: `1 seat`, `2 seats`. */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

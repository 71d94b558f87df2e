/** What a pasted list holds: the addresses, each once, and what is none. */
export interface Addresses {
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

/** Reads a list as mail programs and spreadsheets write it: lines, commas, semicolons, `Name <address>`. */
export function addressesIn(text: string): Addresses {
  const parts = text
    .split(/[\n\r,;\t]+/)
    .flatMap((part) => {
      const inner = /<([^<>]+)>/.exec(part)?.[1];
      return inner === undefined ? part.trim().split(/\s+/) : [inner.trim()];
    })
    .filter((part) => part !== '');
  const unique = [...new Map(parts.map((part) => [part.toLowerCase(), part])).values()];
  const isGood = (part: string) => part.length <= 254 && /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(part);
  return { good: unique.filter(isGood), bad: unique.filter((part) => !isGood(part)) };
}

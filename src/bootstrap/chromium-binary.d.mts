/**
 * The path of a Chromium for the browser tests: CHROMIUM_BIN, else one on PATH, else one that is fetched from the system's
 * own package source. Throws an Error with one clear line when there is none.
 */
export function findChromium(): Promise<string>;

import { ask, type Method } from '../api/ask.js';

/** What a change is answered with; where the session store learns of it later, it is pending. */
export interface Saved {
  readonly pending?: boolean;
}

/** Has the server change something. What it answers without words is answered as done. */
export async function order(method: Method, path: string, body?: unknown): Promise<Saved> {
  return (await ask<Saved | undefined>(method, path, body === undefined ? {} : { body })) ?? {};
}

/** Says that something was done, and where the sessions learn of it in a moment only, that too. */
export function saved(words: string, output: Saved): string {
  return output.pending === true ? `${words} It takes hold everywhere in a moment.` : words;
}

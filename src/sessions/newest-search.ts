import { abreast } from '../kernel/abreast.js';
import { type Found, inOrder } from './session-order.js';
import { type Asker, type ListPlace, type SessionTraits, sliceSize } from './session-traits.js';
import type { SessionStore } from './store.js';

/** How many places are asked for a session or two at once: checks wait behind those. */
const askedAtOnce = 50;

/** Reads what is meant in one tag, the newest first, as far as it is asked to. */
export class NewestReader {
  readonly #store: Pick<SessionStore, 'find'>;
  readonly #tag: string;
  readonly #traits: SessionTraits;
  #from: ListPlace | null;
  #over = false;
  #waiting: ListPlace[] = [];
  readonly #asker: Asker | undefined;
  living = 0;

  constructor(
    store: Pick<SessionStore, 'find'>,
    tag: string,
    traits: SessionTraits,
    from: ListPlace | null,
    asker: Asker | undefined,
  ) {
    this.#asker = asker;
    this.#store = store;
    this.#tag = tag;
    this.#traits = traits;
    this.#from = from;
  }

  /** The next one, if it has been read. */
  get head(): Found | undefined {
    const [first] = this.#waiting;
    return first && { tag: this.#tag, handle: first[1], timeMs: first[0] };
  }

  pass(): void {
    this.#waiting.shift();
  }

  /** Reads on until so many wait, or there is no more. */
  async read(atLeast: number): Promise<void> {
    while (this.#waiting.length < atLeast && !this.#over && !this.#asker?.gone) {
      const atMost = atLeast - this.#waiting.length;
      const look = Object.keys(this.#traits).length === 0 ? Math.min(sliceSize, atMost + 10) : sliceSize;
      const from = this.#from === null ? {} : { from: this.#from };
      const slice = await this.#store.find(this.#tag, { ...this.#traits, look, atMost, ...from });
      this.living = slice.living;
      this.#waiting.push(...slice.found);
      this.#from = slice.next;
      this.#over = slice.next === null;
    }
  }
}

/** The newest of all, in order. First the newest of each is read, then more of those that can have one among them. */
export async function newestOf(readers: readonly NewestReader[], limit: number): Promise<Found[]> {
  const behind = inOrder('newest');
  await abreast(readers, askedAtOnce, (reader) => reader.read(1));
  const ahead = () =>
    readers
      .flatMap((reader) => (reader.head === undefined ? [] : [{ reader, head: reader.head }]))
      .sort((a, b) => behind(a.head, b.head))
      .slice(0, limit);
  const likely = ahead().map(({ reader }) => reader);
  const found: Found[] = [];
  await abreast(likely, askedAtOnce, (reader) => reader.read(Math.min(limit, Math.ceil((4 * limit) / likely.length))));
  while (found.length < limit) {
    const first = foremost(likely, behind);
    if (first === null) break;
    found.push(first.head);
    first.reader.pass();
    if (first.reader.head === undefined) await first.reader.read(limit - found.length);
  }
  return found;
}

function foremost(readers: readonly NewestReader[], behind: (a: Found, b: Found) => number) {
  let first: { reader: NewestReader; head: Found } | null = null;
  for (const reader of readers) {
    const { head } = reader;
    if (head !== undefined && (first === null || behind(head, first.head) < 0)) first = { reader, head };
  }
  return first;
}

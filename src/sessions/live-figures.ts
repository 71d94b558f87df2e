import { monotonicMs } from '../kernel/clock.js';
import type { Metrics } from '../platform/metrics.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import { counted } from './counted.js';
import { licenceOfTag } from './session-id.js';
import type { SessionStore } from './store.js';

/** However often it is asked, the store is not asked more often than this. */
const freshMs = 5_000;
/** Licences beyond so many are only in the sums: a time series for each would be of no use to anybody. */
const mostLicences = 1_000;

/** How many sessions live and how many seats are taken, for the metrics: asked of the store when the metrics are read. */
export class LiveFigures {
  readonly #store: Pick<SessionStore, 'counts'>;
  readonly #allTags: () => Promise<string[]>;
  readonly #metrics: Pick<Metrics, 'sessionsLive' | 'seats'>;
  #asked = Number.NEGATIVE_INFINITY;

  constructor(options: {
    store: Pick<SessionStore, 'counts'>;
    allTags: () => Promise<string[]>;
    metrics: Pick<Metrics, 'sessionsLive' | 'seats'>;
  }) {
    this.#store = options.store;
    this.#allTags = options.allTags;
    this.#metrics = options.metrics;
  }

  /** To be called before the metrics are read. While a store is away the figures of before stand; that it is away has a figure of its own. */
  async look(): Promise<void> {
    if (monotonicMs() - this.#asked < freshMs) return;
    this.#asked = monotonicMs();
    try {
      const tags = (await this.#allTags()).toSorted();
      const licences: { id: string; used: number; limit: number }[] = [];
      let living = 0;
      for await (const [tag, counts] of counted(this.#store, tags, (one) => one)) {
        const id = licenceOfTag(tag);
        living += counts.living;
        if (id !== null) licences.push({ id, used: counts.used, limit: counts.limit ?? 0 });
      }
      this.#metrics.sessionsLive(living);
      this.#metrics.seats(licences, mostLicences);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }
}

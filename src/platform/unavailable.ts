/** A store did not answer in time or cannot be reached. Answered as 503 `store-unavailable`. */
export class StoreUnavailable extends Error {
  constructor(
    readonly store: 'redis' | 'postgres',
    options?: ErrorOptions,
  ) {
    super(`${store} is unavailable`, options);
    this.name = 'StoreUnavailable';
  }
}

/** Redis answers and refuses to write: out of memory, disk full, read-only or short of replicas. Nothing was changed. */
export class StoreRefusesWrites extends StoreUnavailable {
  constructor(options?: ErrorOptions) {
    super('redis', options);
    this.name = 'StoreRefusesWrites';
  }
}

import { running } from './running.js';

/** Stops what the global set-up has started. */
export default async function tearDown(): Promise<void> {
  await running.postgres?.stop();
}

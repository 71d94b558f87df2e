import { appendFileSync } from 'node:fs';

/** Writes for whoever started jest how many tests passed and failed: a line for each run, in the file that USHER_TEST_COUNTS names. */
export default class CountReporter {
  onRunComplete(_contexts, results) {
    const file = process.env.USHER_TEST_COUNTS;
    if (!file) return;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    appendFileSync(file, `${JSON.stringify({ passed: results.numPassedTests, failed })}\n`);
  }
}

import { Page } from '../../kit/page.js';

/** Every live session. */
export function SessionsPage() {
  return <Page title="Sessions">{null}</Page>;
}

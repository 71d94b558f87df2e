import { Page } from '../../kit/page.js';

/** How the house stands at this moment. */
export function OverviewPage() {
  return <Page title="Overview">{null}</Page>;
}

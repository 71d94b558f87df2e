import { markdownTable } from './markdown.js';
import { problems } from './problems.js';

/** The Markdown table of every problem: slug, status, what happened, how to mend it. */
export function problemsTable(): string {
  const rows = Object.entries(problems).map(([slug, { status, what, mend }]) => [
    `\`${slug}\``,
    String(status),
    what,
    mend,
  ]);
  return markdownTable(['slug', 'status', 'what happened', 'how to mend it'], rows);
}

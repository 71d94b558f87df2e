import { z } from 'zod';
import { Problem } from '../kernel/problem.js';
import { type ProblemKind, problems } from '../kernel/problems.js';
import { route } from '../kernel/route.js';
import { inHtml } from '../kernel/text.js';

const explanation = z.object({
  slug: z.string(),
  status: z.number().int(),
  title: z.string(),
  what: z.string(),
  mend: z.string(),
});

/** `/problems/<slug>`: explains one problem of the catalogue, as a page to browsers and as JSON to all others. */
export const problemPages = route({
  method: 'GET',
  path: '/problems/:slug',
  permission: 'public',
  summary: 'What a problem means and how to mend it',
  input: { params: z.object({ slug: z.string().max(64) }) },
  replies: { 200: explanation },
  problems: ['not-found'],
  handle: async ({ params, caller }) => {
    const found = Object.entries(problems).find(([slug]) => slug === params.slug);
    if (found === undefined) throw new Problem('not-found');
    const [slug, kind] = found;
    const headers = { Vary: 'Accept', 'Cache-Control': 'public, max-age=3600' };
    if (!/\btext\/html\b/i.test(caller.header('accept') ?? ''))
      return { status: 200, headers, body: { slug, ...kind } };
    return { status: 200, headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' }, body: page(slug, kind) };
  },
});

function page(slug: string, { status, title, what, mend }: ProblemKind): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${inHtml(title)}</title>
<h1>${inHtml(title)}</h1>
<p><code>${inHtml(slug)}</code>, status ${status}</p>
<p>${marked(what)}</p>
<p>${marked(mend)}</p>
</html>
`;
}

/** The catalogue's texts mark code with backquotes. */
function marked(text: string): string {
  return inHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

import { readFileSync } from 'node:fs';
import type { RoutePermission } from '../access/permissions.js';
import { hostedPage } from '../accounts/hosted-page.js';
import type { Route } from '../kernel/route.js';
import { projectFile } from '../platform/project-file.js';

/** The page to sign in with, for whoever has none of their own. Proxies send browsers there, with the way back. */
export function signInPage(): Route<RoutePermission>[] {
  const text = (name: string) => readFileSync(projectFile(`src/sign-in/page/${name}`), 'utf8');
  return hostedPage({
    path: '/sign-in',
    summary: 'The page to sign in with; `return_to` is where it goes afterwards, when that is a path on this origin',
    html: text('page.html'),
    files: [
      { path: '/sign-in/page.js', type: 'text/javascript', text: text('page.js') },
      { path: '/sign-in/style.css', type: 'text/css', text: text('style.css') },
    ],
  });
}

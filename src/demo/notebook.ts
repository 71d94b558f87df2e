import type { RoutePermission } from '../access/permissions.js';
import { builtPages, leadingTo } from '../http/built-pages.js';
import type { Route } from '../kernel/route.js';

/** Where the demonstration's application is. */
export const notebookPath = '/notebook/';

/** The demonstration's application, a lab notebook on the same origin: no other server has it. */
export function notebookRoutes(): Route<RoutePermission>[] {
  return [
    leadingTo(notebookPath, '/notebook', 'Leads to the lab notebook'),
    ...builtPages({
      name: 'notebook',
      assetsPath: '/notebook/assets',
      pages: [
        { path: notebookPath, file: 'index.html', summary: 'The lab notebook, the application of the demonstration' },
      ],
    }),
  ];
}

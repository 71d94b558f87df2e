import type { RoutePermission } from '../access/permissions.js';
import { builtPages } from '../http/built-pages.js';
import { type Route, route } from '../kernel/route.js';

/** Where the demonstration's application is. */
export const notebookPath = '/notebook/';

/** The demonstration's application, a lab notebook on the same origin: no other server has it. */
export function notebookRoutes(): Route<RoutePermission>[] {
  return [
    route({
      method: 'GET',
      path: '/notebook',
      permission: 'public',
      summary: 'Leads to the lab notebook',
      input: {},
      replies: { 308: null },
      handle: async () => ({ status: 308, headers: { Location: notebookPath } }),
    }),
    ...builtPages({
      name: 'notebook',
      assetsPath: '/notebook/assets',
      pages: [
        { path: notebookPath, file: 'index.html', summary: 'The lab notebook, the application of the demonstration' },
      ],
    }),
  ];
}

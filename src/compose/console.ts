import type { RoutePermission } from '../access/permissions.js';
import type { Config } from '../config/config.js';
import { builtPages, leadingTo } from '../http/built-pages.js';
import type { Route } from '../kernel/route.js';

/** The parts of the console whose pages are about one thing, named in their path. */
const things = ['sessions', 'licences', 'owners', 'people', 'roles', 'audit', 'settings'];

/** The staff console at `/admin/`: one HTML file that finds out itself which of its pages was asked for. */
export function consoleRoutes({ BRAND_NAME: brand }: Pick<Config, 'BRAND_NAME'>): Route<RoutePermission>[] {
  const paths = ['/admin/', ...things.flatMap((name) => [`/admin/${name}/:id`, `/admin/${name}/:id/:part`])];
  const page = { file: 'index.html', summary: 'The console, for staff and licence managers' };
  return [
    leadingTo('/admin/', '/admin', 'Leads to the console'),
    ...builtPages({
      name: 'admin',
      assetsPath: '/admin/assets',
      // Also where there is no such page: the console says so in words.
      pages: [{ ...page, path: '/admin/:page', butNot: 'api' }, ...paths.map((path) => ({ ...page, path }))],
      writesStyles: true,
      fill: () => ({ BRAND: brand }),
    }),
  ];
}

import type { RoutePermission } from '../access/permissions.js';
import type { Route } from '../kernel/route.js';
import { packageFile, textRoute } from './package-file.js';

/** Loads a picture from the makers of Redoc, which would tell them who reads this: an empty one is put there instead. */
const pictureElsewhere = 'https://cdn.redoc.ly/redoc/logo-mini.svg';
const noPicture = 'data:,';

/** Every call that changes something needs the session's token; the page fetches it as any application would. */
const swaggerInit = `'use strict';
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  async requestInterceptor(request) {
    if (request.loadSpec || request.method === 'GET') return request;
    const answer = await fetch('/auth/session', { headers: { 'X-Background': '1' } });
    if (answer.ok) request.headers['X-CSRF-Token'] = (await answer.json()).csrfToken;
    return request;
  },
});
`;

const redocInit = `'use strict';
Redoc.init('/openapi.json', { hideDownloadButton: false, requiredPropsFirst: true }, document.getElementById('docs'));
`;

/** The interface as pages: Swagger UI, where each call can be tried, at `/docs`, and Redoc, to read, at `/redoc`. */
export function docsRoutes(permission: RoutePermission): Route<RoutePermission>[] {
  const script = { permission, type: 'text/javascript' } as const;
  const html = { permission, type: 'text/html' } as const;
  return [
    textRoute({
      ...html,
      path: '/docs',
      summary: 'The interface in Swagger UI, to be tried',
      text: async () =>
        page({ title: 'Usher: the interface', styles: ['/docs/ui.css'], scripts: ['/docs/ui.js', '/docs/init.js'] }),
      allowed: { 'script-src': "'self'", 'style-src': "'self'", 'img-src': "'self' data:", 'connect-src': "'self'" },
    }),
    textRoute({
      ...script,
      path: '/docs/ui.js',
      summary: 'Swagger UI',
      text: packageFile('swagger-ui-dist/swagger-ui-bundle.js', withoutMap),
    }),
    textRoute({
      permission,
      type: 'text/css',
      path: '/docs/ui.css',
      summary: 'The style of Swagger UI',
      text: packageFile('swagger-ui-dist/swagger-ui.css', withoutMap),
    }),
    textRoute({
      ...script,
      path: '/docs/init.js',
      summary: 'Starts Swagger UI',
      text: async () => swaggerInit,
    }),
    textRoute({
      ...html,
      path: '/redoc',
      summary: 'The interface in Redoc, to be read',
      text: async () =>
        page({ title: 'Usher: the interface', styles: [], scripts: ['/redoc/ui.js', '/redoc/init.js'] }),
      // Redoc writes its styles while it runs, and searches in a worker it makes itself.
      allowed: {
        'script-src': "'self'",
        'style-src': "'unsafe-inline'",
        'img-src': "'self' data:",
        'connect-src': "'self'",
        'worker-src': 'blob:',
      },
    }),
    textRoute({
      ...script,
      path: '/redoc/ui.js',
      summary: 'Redoc',
      text: packageFile('redoc/bundles/redoc.standalone.js', (text) =>
        withoutMap(text).replaceAll(pictureElsewhere, noPicture),
      ),
    }),
    textRoute({ ...script, path: '/redoc/init.js', summary: 'Starts Redoc', text: async () => redocInit }),
  ];
}

function page({ title, styles, scripts }: { title: string; styles: string[]; scripts: string[] }): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
${styles.map((href) => `<link rel="stylesheet" href="${href}">\n`).join('')}<body>
<div id="docs"></div>
${scripts.map((src) => `<script src="${src}"></script>\n`).join('')}</body>
</html>
`;
}

/** The maps are not served. */
function withoutMap(text: string): string {
  return text.replace(/\n(?:\/\/|\/\*)# sourceMappingURL=[^\n]*/g, '');
}

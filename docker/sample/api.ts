import express from 'express';
import { fromProxy, fromToken, personOf } from 'usher/express';

/**
 * An API behind nginx and Usher. `usher`: where it finds Usher; `origin`: Usher's PUBLIC_URL, in whose name Usher signs;
 * `audience`: what access tokens for this API are made out to, one of TOKEN_AUDIENCES.
 */
export function sampleApi(usher: { usher: string; origin: string; audience: string }) {
  // Pages of the same origin come through nginx, which has asked Usher. Programs bring a token from POST /auth/token.
  const [page, program] = [fromProxy(usher), fromToken(usher)];
  const app = express();
  app.get('/api/public/time', (_request, response) => void response.json({ time: new Date().toISOString() }));
  app.get('/api/me', page.requireSession, (request, response) => void response.json(personOf(request).claims));
  app.get(
    '/api/reports',
    page.requirePermission('usage.read'),
    (_request, response) => void response.json({ items: [] }),
  );
  app.get('/api/programs/me', program.requireSession, (request, response) => {
    response.json(personOf(request).claims);
  });
  return app;
}

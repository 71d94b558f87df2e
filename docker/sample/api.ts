import express, { type NextFunction, type Request, type Response } from 'express';
import { createRemoteJWKSet, errors, type JWTVerifyOptions, jwtVerify } from 'jose';

/** Whether Usher's keys could not be had: that says nothing about the person. */
function isKeyless(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'].includes(error.code);
}

/**
 * An API behind nginx and Usher. `usher`: where it finds Usher; `origin`: Usher's PUBLIC_URL, in whose name Usher signs;
 * `audience`: what access tokens for this API are made out to, one of TOKEN_AUDIENCES.
 */
export function sampleApi({ usher, origin, audience }: { usher: string; origin: string; audience: string }) {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', usher));
  const signedBy = (find: (request: Request) => string | undefined, expected: JWTVerifyOptions) => {
    const options = { issuer: origin, algorithms: ['EdDSA'], ...expected };
    return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
      try {
        response.locals['person'] = (await jwtVerify(find(request) ?? '', keys, options)).payload;
      } catch (error) {
        if (isKeyless(error)) return void response.status(503).json({ title: 'Sessions cannot be checked' });
        return void response.status(401).json({ title: 'Nobody is signed in' });
      }
      next();
    };
  };
  // Pages of the same origin come through nginx, which has asked Usher. X-Auth-User and the others say the same; the
  // assertion is signed, so that nobody has to trust the network in between.
  const page = signedBy((request) => request.get('x-auth-assertion'), { audience: origin, typ: 'auth-assertion+jwt' });
  // Programs bring a token from POST /auth/token.
  const token = (request: Request) => /^Bearer (.+)$/i.exec(request.get('authorization') ?? '')?.[1];
  const program = signedBy(token, { audience, typ: 'at+jwt' });

  const app = express();
  app.get('/api/public/time', (_request, response) => void response.json({ time: new Date().toISOString() }));
  app.get('/api/programs/me', program, (_request, response) => void response.json(response.locals['person']));
  app.get('/api/me', page, (_request, response) => void response.json(response.locals['person']));
  return app;
}

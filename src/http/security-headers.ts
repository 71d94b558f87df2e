import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/** Two years, the least the preload lists accept twice over. */
const hstsSeconds = 63_072_000;

/**
 * The headers on every answer, as name and value in turn. helmet makes them once, at start, because making them on every
 * request costs more than a session check. Nothing may be loaded, framed or cached; HSTS only where https is used. What only
 * spoke to browsers and plug-ins that are gone is left out: every byte is sent with every check.
 */
export function securityHeaders(secure: boolean): readonly string[] {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  const protect = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // It speaks of pages that open windows; there is none.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: secure ? { maxAge: hstsSeconds, includeSubDomains: true } : false,
  });
  protect(request, response, (error?: unknown) => {
    if (error !== undefined) throw error;
  });
  const flat: string[] = [];
  for (const name of response.getHeaderNames()) flat.push(name, String(response.getHeader(name)));
  return [...flat, 'Cache-Control', 'no-store'];
}

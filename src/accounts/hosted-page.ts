import { route } from '../kernel/route.js';

/** A page this server shows to people, with the files it is made of. Nothing of it needs a build. */
export interface HostedPage {
  readonly path: string;
  readonly summary: string;
  readonly html: string;
  readonly files: readonly {
    readonly path: string;
    readonly type: 'text/javascript' | 'text/css';
    readonly text: string;
  }[];
}

const own = ['script-src', 'style-src', 'connect-src'].map((source) => `${source} 'self'`).join('; ');
const policy = `default-src 'none'; ${own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
const kinds = { 'text/javascript': 'script', 'text/css': 'style' } as const;

/** The routes of a page and of its files. The page runs nothing that is written into it, and shows nothing of others. */
export function hostedPage({ path, summary, html, files }: HostedPage) {
  return [
    textRoute(path, summary, html, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy,
    }),
    ...files.map((file) =>
      textRoute(file.path, `The ${kinds[file.type]} of that page`, file.text, {
        'Content-Type': `${file.type}; charset=utf-8`,
      }),
    ),
  ];
}

function textRoute(path: string, summary: string, body: string, headers: Readonly<Record<string, string>>) {
  return route({
    method: 'GET',
    path,
    permission: 'public',
    summary,
    input: {},
    replies: { 200: null },
    handle: async () => ({ status: 200, headers, body }),
  });
}

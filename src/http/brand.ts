import { readFileSync } from 'node:fs';
import type { RoutePermission } from '../access/permissions.js';
import { pictureType } from '../config/brand-settings.js';
import type { Config } from '../config/config.js';
import { settings } from '../config/settings.js';
import { type Route, route } from '../kernel/route.js';
import { accentOf, colourProperties } from './brand-colours.js';

/** How a house shows itself. */
export type Brand = Pick<Config, 'BRAND_COLOUR' | 'BRAND_LOGO'>;

/** How long browsers keep both without asking, in seconds: a change is to be seen soon. */
const kept = { 'Cache-Control': 'public, max-age=300' };
/** A picture is nothing but that, also where somebody opens it by its address. */
const picturePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

/** The style sheet and the picture of a house, for every page. */
export function brandRoutes(brand: Brand): Route<RoutePermission>[] {
  const css = brandCss(brand.BRAND_COLOUR);
  const logo = brand.BRAND_LOGO === null ? ownMark(brand.BRAND_COLOUR) : readFileSync(brand.BRAND_LOGO);
  const files = [
    {
      path: '/brand.css',
      summary: 'The colours of this house, for pages that use the same custom properties',
      headers: { 'Content-Type': 'text/css; charset=utf-8' },
      body: css,
    },
    {
      path: '/brand/logo',
      summary: 'The picture of this house',
      headers: { 'Content-Type': pictureType(logo) ?? 'image/png', 'Content-Security-Policy': picturePolicy },
      body: logo,
    },
  ];
  return files.map(({ path, summary, headers, body }) =>
    route({
      method: 'GET',
      path,
      permission: 'public',
      summary,
      input: {},
      replies: { 200: null },
      handle: async () => ({ status: 200, headers: { ...kept, ...headers }, body }),
    }),
  );
}

/** The colour that comes with Usher is in the pages' own style already. */
function brandCss(colour: string): string {
  if (colour === settings.BRAND_COLOUR.fallback) return ':root{}\n';
  const dark = colourProperties(colour, 'dark');
  return `:root{${colourProperties(colour, 'light')}}
@media(prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}}}
:root[data-theme=dark]{${dark}}
`;
}

/** The mark of whoever has no picture: a seat that is also a U. */
function ownMark(colour: string): Buffer {
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="64" height="64">
<rect width="32" height="32" rx="8" fill="${accentOf(colour, 'light')}"/>
<g fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round">
<path d="M10 8v7.5a6 6 0 0 0 12 0V8"/>
<path d="M10.5 25h11"/>
</g>
</svg>
`);
}

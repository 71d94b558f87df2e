import type { RoutePermission } from '../access/permissions.js';
import { setUpPagePath } from '../accounts/set-up-page.js';
import type { Config } from '../config/config.js';
import type { Caller } from '../kernel/actor.js';
import type { Route } from '../kernel/route.js';
import { builtPages } from './built-pages.js';

/** Where the pages for everybody are, and what each is for. */
const pages = [
  [
    '/sign-in',
    'sign-in',
    'The page to sign in with; `return_to` is where it goes afterwards, when that is a path on this origin',
  ],
  ['/register', 'register', 'The page where people make an account for themselves'],
  ['/signed-out', 'signed-out', 'The page that says that, and why, somebody is not signed in any more'],
  ['/forgot', 'forgot', 'The page of a forgotten password'],
  ['/account', 'account', 'The page of the own account'],
  ['/account/:part', 'account', 'A part of the page of the own account'],
  [setUpPagePath, 'set-up', 'The page behind a set-up link: from a new server to its first users'],
  ['/invitation', 'invitation', 'The page behind a link: accept an invitation'],
  ['/auth/verify-email', 'verify-email', 'The page behind a link: confirm an address'],
  ['/auth/password/reset', 'reset-password', 'The page behind a link: choose a new password'],
  ['/auth/not-me', 'not-me', 'The page behind a link: say that a change was made by somebody else'],
  ['/auth/account/email/confirm', 'confirm-email', 'The page behind a link: confirm a change of address'],
  ['/auth/account/keep', 'keep-account', 'The page behind a link: keep an account that was given up'],
] as const;

/** What the pages are told of the house they are in. */
export type HostedSettings = Pick<Config, 'BRAND_NAME' | 'REGISTRATION' | 'SMTP_URL' | 'MAIL_DIR'>;

/** The pages for everybody: signing in, accounts, and what links in messages lead to. In the language the browser asks for. */
export function hostedPages(settings: HostedSettings): Route<RoutePermission>[] {
  const brand = settings.BRAND_NAME;
  const mails = settings.SMTP_URL !== null || settings.MAIL_DIR !== null;
  const house = { brand, registers: mails && settings.REGISTRATION === 'open', mails };
  return builtPages({
    name: 'hosted',
    assetsPath: '/hosted/assets',
    pages: pages.map(([path, name, summary]) => ({ path, file: `${name}.html`, summary })),
    fill: (caller) => ({
      BRAND: brand,
      LANGUAGE: languageOf(caller),
      HOUSE: JSON.stringify({ ...house, visitor: visitorOf(caller) }),
    }),
    headers: { Vary: 'Accept-Language, Cookie' },
  });
}

/** What a browser came with: a page need not ask for a session that cannot be there. */
function visitorOf(caller: Caller): { session: boolean; remembered: boolean } {
  return { session: caller.cookie('sid') !== undefined, remembered: caller.cookie('remember') !== undefined };
}

/** The language somebody has chosen before, else the first of those the browser asks for that there is (RFC 9110, 12.5.4). */
function languageOf(caller: Caller): 'en' | 'de' {
  const chosen = caller.cookie('language');
  if (chosen === 'en' || chosen === 'de') return chosen;
  const wanted = (caller.header('accept-language') ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [range = '', ...parameters] = part.trim().toLowerCase().split(';');
      const quality = parameters.map((each) => /^\s*q=([\d.]+)$/.exec(each)?.[1]).find((each) => each !== undefined);
      return { language: range.split('-')[0], quality: Number(quality ?? 1) };
    });
  const known = wanted.filter(({ language, quality }) => quality > 0 && (language === 'en' || language === 'de'));
  const [best] = known.toSorted((a, b) => b.quality - a.quality);
  return best?.language === 'de' ? 'de' : 'en';
}

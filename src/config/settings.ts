import { z } from 'zod';
import { brandColour, brandLogo, brandName } from './brand-settings.js';
import { flag, list, namesProxies, origin, redisUrl, url, wholeNumber } from './setting-forms.js';
import { tokenAudiences } from './token-audiences.js';

/** One setting: how it is read, its default (null: none), what it means, an example, and whether it is secret. */
export interface Setting<Value> {
  readonly schema: z.ZodType<Value, string>;
  readonly fallback: string | null;
  readonly doc: string;
  readonly example: string;
  readonly secret?: true;
}

function setting<Value>(declared: Setting<Value>): Setting<Value> {
  return declared;
}

/** Every setting, read from the environment variable of its name or from the file that `NAME_FILE` names. */
export const settings = {
  PORT: setting({
    schema: wholeNumber(0, 65535),
    fallback: '3000',
    doc: 'Port to listen on; 0 takes any free one.',
    example: '3000',
  }),
  HOST: setting({
    schema: z.string().min(1),
    fallback: '127.0.0.1',
    doc: 'Address to listen on. Anything but loopback needs an https `PUBLIC_URL` or `ALLOW_INSECURE=true`.',
    example: '0.0.0.0',
  }),
  PUBLIC_URL: setting({
    schema: origin.transform((text) => text.replace(/\/$/, '')),
    fallback: null,
    doc: 'The origin people see. https turns on `__Host-` cookies and HSTS. Default: http://HOST:PORT.',
    example: 'https://app.example.org',
  }),
  DATABASE_URL: setting({
    schema: url('postgres', 'postgresql'),
    fallback: null,
    doc: 'Postgres 13 or later. Default: an embedded one under `DATA_DIR`.',
    example: 'postgres://usher@db/usher',
    secret: true,
  }),
  REDIS_URL: setting({
    schema: redisUrl,
    fallback: null,
    doc: 'Redis 7 or later, `noeviction` and persistent. Default: an embedded one under `DATA_DIR`.',
    example: 'redis+cluster://a:6379,b:6379,c:6379',
    secret: true,
  }),
  DATA_DIR: setting({
    schema: z.string().min(1),
    fallback: '.data',
    doc: 'Folder of the embedded stores and of the secrets made on the first start.',
    example: '/var/lib/usher',
  }),
  SESSION_SECRETS: setting({
    schema: list(z.string().min(32, 'each secret must have at least 32 characters'), 'SESSION_SECRETS'),
    fallback: null,
    doc: 'Keys that sign session ids, comma-separated, newest first: the first signs, all verify. Default: made once and kept in `DATA_DIR`.',
    example: 'new-secret-of-32-characters-or-more,old-secret-of-32-characters-or-more',
    secret: true,
  }),
  PASSWORD_PEPPER: setting({
    schema: z.string().min(32, 'must have at least 32 characters'),
    fallback: null,
    doc: 'Key of the HMAC that passwords pass before they are hashed. Losing it loses every password. Default: made once and kept in `DATA_DIR`.',
    example: 'a-random-text-of-32-characters-or-more',
    secret: true,
  }),
  SESSION_IDLE_SECONDS: setting({
    schema: wholeNumber(1, 2_592_000),
    fallback: '3600',
    doc: 'A session ends when nothing was asked with it for so long.',
    example: '3600',
  }),
  SESSION_ABSOLUTE_SECONDS: setting({
    schema: wholeNumber(1, 31_536_000),
    fallback: '86400',
    doc: 'A session ends so long after sign-in, however busy it is.',
    example: '86400',
  }),
  USER_AGENT_BINDING: setting({
    schema: z.enum(['browser', 'exact', 'off']),
    fallback: 'browser',
    doc: '`browser`: same product, system and device class, version may rise; `exact`: same header; `off`: not compared.',
    example: 'exact',
  }),
  BCRYPT_COST: setting({
    schema: wholeNumber(4, 15),
    fallback: '12',
    doc: 'Work factor of bcrypt. Under 10 is refused when `PUBLIC_URL` is https. Existing hashes are renewed at the next sign-in.',
    example: '12',
  }),
  PASSWORD_HASH: setting({
    schema: z.enum(['bcrypt', 'argon2id']),
    fallback: 'bcrypt',
    doc: 'How passwords are hashed. `argon2id` (19 MiB, two passes) takes 10 ms where bcrypt takes 207 at cost 12: for houses where whole classes sign in at once. Hashes of either kind are accepted, and renewed at the next sign-in.',
    example: 'argon2id',
  }),
  THROTTLE_ACCOUNT: setting({
    schema: wholeNumber(3, 100),
    fallback: '10',
    doc: 'So many wrong passwords for one account within 15 minutes; then its sign-in pauses, longer each time. Browsers its owner has signed in from before are counted each for themselves.',
    example: '5',
  }),
  THROTTLE_ADDRESS: setting({
    schema: wholeNumber(10, 100_000),
    fallback: '100',
    doc: 'So many wrong passwords from one client address (IPv6: one /64) within 15 minutes, for whichever accounts.',
    example: '500',
  }),
  SMTP_URL: setting({
    schema: url('smtp', 'smtps'),
    fallback: null,
    doc: 'Mail server, with user and password when it wants them. Beyond this machine only over TLS. Without it and `MAIL_DIR` no mail is sent.',
    example: 'smtp://usher:password@mail.example.org:587',
    secret: true,
  }),
  MAIL_DIR: setting({
    schema: z.string().min(1),
    fallback: null,
    doc: 'Folder that receives one file per message instead of sending it.',
    example: '.data/mail',
  }),
  MAIL_FROM: setting({
    schema: z
      .string()
      .max(320)
      .regex(
        /^(?:[^<>"\p{Cc}]{0,64}<[^<>]+>|[^<>\s]+)$/u,
        'must be an address, or a name and an address: Usher <usher@example.org>',
      )
      .transform((text, context): { name: string; address: string } => {
        const address = /<(.*)>$/.exec(text)?.[1] ?? text;
        const parsed = z.email().safeParse(address);
        if (!parsed.success && !/^[\w.+-]+@localhost$/.test(address))
          context.addIssue({ code: 'custom', message: 'holds no e-mail address' });
        return { name: text.includes('<') ? text.slice(0, text.indexOf('<')).trim() : '', address };
      }),
    fallback: null,
    doc: 'Who messages are from. Default: no-reply at the host of `PUBLIC_URL`.',
    example: 'Usher <usher@example.org>',
  }),
  TRUST_PROXY: setting({
    schema: z
      .string()
      .min(1)
      .refine((text) => !/^(true|\*)$/i.test(text.trim()), {
        error: 'must name proxies or hops: trusting everybody lets clients forge their address',
        abort: true,
      })
      .refine(namesProxies, 'must be loopback, a number of hops, or addresses and subnets with commas between'),
    fallback: null,
    doc: 'Which proxies may name the client address: `loopback`, a number of hops, or comma-separated addresses and subnets.',
    example: 'loopback',
  }),
  WORKERS: setting({
    schema: wholeNumber(1, 64),
    fallback: '1',
    doc: 'Server processes that share the port.',
    example: '2',
  }),
  CORS_ORIGINS: setting({
    schema: list(origin, 'CORS_ORIGINS'),
    fallback: '',
    doc: 'Other origins that may call with credentials, comma-separated. Off by default: the SPA is on the same origin.',
    example: 'https://app.example.org',
  }),
  SEATLESS_SIGN_IN: setting({
    schema: flag,
    fallback: 'false',
    doc: 'Whether accounts without a licence may sign in too.',
    example: 'true',
  }),
  REGISTRATION: setting({
    schema: z.enum(['open', 'invitation', 'closed']),
    fallback: 'open',
    doc: 'Who makes accounts: `open`: everybody, when this server sends mail; `invitation`: who is invited; `closed`: only staff, and who was invited by them.',
    example: 'invitation',
  }),
  ACCOUNT_DELETION_DAYS: setting({
    schema: wholeNumber(0, 365),
    fallback: '14',
    doc: 'How long an account is kept, disabled, that its holder has given up; until then it can be taken back. 0 removes it at once.',
    example: '30',
  }),
  SECOND_FACTOR_ROLES: setting({
    schema: list(z.string().regex(/^[a-z-]+$/, 'must be the names of roles'), 'SECOND_FACTOR_ROLES'),
    fallback: '',
    doc: 'Roles whose holders must show a second factor, comma-separated. Who has enrolled none is sent codes, so mail must be set up.',
    example: 'staff,admin',
  }),
  HISTORY_RETENTION_DAYS: setting({
    schema: wholeNumber(0, 36_500).refine((days) => days === 0 || days >= 35, 'must be 0, or at least 35'),
    fallback: '400',
    doc: 'How long the events of sessions and the sign-in log are kept, at least; they go by whole months. Figures of usage stay. 0 keeps them for ever.',
    example: '800',
  }),
  LOG_LEVEL: setting({
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    fallback: 'info',
    doc: 'Least severe level that is logged. Successful session checks are logged at `debug`, answers from status 500 on at `error`, all other requests at `info`.',
    example: 'debug',
  }),
  ADMIN_EMAIL: setting({
    schema: z.email().max(254),
    fallback: null,
    doc: 'With `ADMIN_PASSWORD`: creates the first staff account when there is none.',
    example: 'admin@example.org',
  }),
  ADMIN_PASSWORD: setting({
    schema: z.string().min(8).max(1024),
    fallback: null,
    doc: 'Password of the first staff account.',
    example: 'correct horse battery staple',
    secret: true,
  }),
  METRICS_TOKEN: setting({
    schema: z.string().min(16),
    fallback: null,
    doc: 'Bearer token that may read `/metrics` from beyond loopback.',
    example: 'a-random-text-of-16-characters-or-more',
    secret: true,
  }),
  DOCS_ACCESS: setting({
    schema: z.enum(['public', 'session', 'staff']),
    fallback: 'public',
    doc: 'Who may read `/docs`, `/redoc`, `/manual` and `/openapi.json`: everybody, whoever is signed in, or staff.',
    example: 'staff',
  }),
  TOKEN_AUDIENCES: setting({
    schema: tokenAudiences,
    fallback: '',
    doc: 'Applications that a session can be exchanged for a token for, each with the secret it asks about tokens with: `name=secret`, comma-separated. A name that comes twice has both secrets. Default: none.',
    example: 'https://api.example.org=a-random-text-of-32-characters-or-more',
    secret: true,
  }),
  TOKEN_KEY_DAYS: setting({
    schema: wholeNumber(1, 3650),
    fallback: '30',
    doc: 'For so many days a key signs tokens; then the next one, which has been published for an hour, takes its place.',
    example: '7',
  }),
  BRAND_NAME: setting({
    schema: brandName,
    fallback: 'Usher',
    doc: 'What the pages and messages call this service.',
    example: 'Institute of Botany',
  }),
  BRAND_COLOUR: setting({
    schema: brandColour,
    fallback: '#0f766e',
    doc: 'The one colour of the pages. It is made darker or lighter by itself where it could not be read.',
    example: '#7c2d12',
  }),
  BRAND_LOGO: setting({
    schema: brandLogo,
    fallback: null,
    doc: 'The picture beside the name: the path of an SVG or PNG file of at most 256 kB. Default: a plain mark in the colour.',
    example: '/etc/usher/logo.svg',
  }),
  ALLOW_INSECURE: setting({
    schema: flag,
    fallback: 'false',
    doc: 'Allows a non-loopback `HOST`, or `TRUST_PROXY`, without an https `PUBLIC_URL`. For closed networks and tests.',
    example: 'true',
  }),
} as const;

/** The name of a setting. */
export type SettingName = keyof typeof settings;

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { z } from 'zod';
import { faultOfPicture } from './brand-settings.js';
import { loadSecrets } from './secrets.js';
import { type SettingName, settings } from './settings.js';
import { type SettingSource, type ToldSetting, toldSettings } from './told-settings.js';

type Read<Name extends SettingName> = z.output<(typeof settings)[Name]['schema']>;
type Nullable =
  | 'DATABASE_URL'
  | 'REDIS_URL'
  | 'SMTP_URL'
  | 'MAIL_DIR'
  | 'TRUST_PROXY'
  | 'ADMIN_EMAIL'
  | 'ADMIN_PASSWORD'
  | 'METRICS_TOKEN'
  | 'BRAND_LOGO';

/**
 * The whole configuration, checked and frozen. Names are those of the environment variables. `DATABASE_URL` and
 * `REDIS_URL` are null when the embedded stores are to be used.
 */
export type Config = Readonly<
  { [Name in Exclude<SettingName, Nullable>]: Read<Name> } & { [Name in Nullable]: Read<Name> | null } & {
    /** Whether `PUBLIC_URL` is https: cookies are `Secure` and carry the `__Host-` prefix. */
    secure: boolean;
    /** What staff may be told of it: every setting, and no secret. */
    told: readonly ToldSetting[];
  }
>;

/** The configuration is broken; `faults` names every fault, one line each. The process exits with 78 (EX_CONFIG, sysexits.h). */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration is broken:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads every setting from `env`, where `NAME_FILE` may name a file that holds the value. Secrets that are not given are
 * made once and kept in `DATA_DIR`. Throws ConfigError with all faults at once.
 */
export function loadConfig(env: Environment = process.env): Config {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  const given: Record<string, Given> = {};
  for (const name of Object.keys(settings) as SettingName[]) {
    given[name] = givenIn(name, env, faults);
    values[name] = parsed(name, given[name].text, faults);
  }
  const picture = values['BRAND_LOGO'];
  const fault = typeof picture === 'string' ? faultOfPicture(picture) : null;
  if (fault !== null) faults.push(`BRAND_LOGO: ${fault}`);
  if (faults.length === 0) {
    Object.assign(
      values,
      loadSecrets(values as { DATA_DIR: string; SESSION_SECRETS: string[] | null; PASSWORD_PEPPER: string | null }),
    );
    values['PUBLIC_URL'] ??= `http://${hostInUrl(String(values['HOST']))}:${values['PORT']}`;
    const sender = `no-reply@${mailDomain(String(values['PUBLIC_URL']))}`;
    values['MAIL_FROM'] ??= { name: values['BRAND_NAME'], address: sender };
    values['secure'] = String(values['PUBLIC_URL']).startsWith('https:');
    values['told'] = toldSettings(given, madeOf(values as unknown as Config));
    faults.push(...contradictions(values as unknown as Config));
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(values) as unknown as Config;
}

/** The environment this process was started with. */
export function environment(): Environment {
  return process.env;
}

/** One setting by itself, for tools that need no other. Nothing is made or kept. Throws ConfigError when it is not valid. */
export function readSetting<Name extends SettingName>(name: Name, env: Environment = process.env): Read<Name> | null {
  const faults: string[] = [];
  const value = parsed(name, givenIn(name, env, faults).text, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return value as Read<Name> | null;
}

interface Given {
  readonly text: string | null;
  readonly source: SettingSource;
}

function parsed(name: SettingName, text: string | null, faults: string[]): unknown {
  const { schema, fallback } = settings[name];
  const given = text ?? fallback;
  if (given === null) return null;
  const outcome = schema.safeParse(given);
  if (outcome.success) return outcome.data;
  faults.push(`${name}: ${outcome.error.issues.map((issue) => issue.message).join('; ')}`);
  return null;
}

/** The text of a setting; an empty variable counts as not given. */
function givenIn(name: SettingName, env: Environment, faults: string[]): Given {
  const direct = env[name];
  const file = env[`${name}_FILE`];
  if (direct && file) faults.push(`${name}: give ${name} or ${name}_FILE, not both`);
  if (direct) return { text: direct, source: 'env' };
  if (!file) return { text: null, source: 'default' };
  try {
    return { text: readFileSync(file, 'utf8').replace(/\r?\n$/, ''), source: 'file' };
  } catch (error) {
    faults.push(`${name}_FILE: cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
    return { text: null, source: 'file' };
  }
}

/** What stands in the place of settings that were not given and have no fixed default. */
function madeOf({ PUBLIC_URL, MAIL_FROM }: Config): Partial<Record<SettingName, string>> {
  const kept = 'kept in DATA_DIR';
  const sender = MAIL_FROM.name === '' ? MAIL_FROM.address : `${MAIL_FROM.name} <${MAIL_FROM.address}>`;
  return { PUBLIC_URL, MAIL_FROM: sender, SESSION_SECRETS: kept, PASSWORD_PEPPER: kept };
}

/** An address has no use for a number, or for a host by its first name. */
function mailDomain(publicUrl: string): string {
  const { hostname } = new URL(publicUrl);
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 && hostname.includes('.') ? hostname : 'localhost';
}

function hostInUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function contradictions(config: Config): string[] {
  const faults: string[] = [];
  const loopback = ['127.0.0.1', '::1', 'localhost'].includes(config.HOST);
  if (!config.ALLOW_INSECURE && !config.secure) {
    if (!loopback) faults.push('HOST: beyond loopback an https PUBLIC_URL is needed, or ALLOW_INSECURE=true');
    if (config.TRUST_PROXY !== null)
      faults.push('TRUST_PROXY: behind a proxy an https PUBLIC_URL is needed, or ALLOW_INSECURE=true');
  }
  if (config.secure && config.PASSWORD_HASH === 'bcrypt' && config.BCRYPT_COST < 10)
    faults.push('BCRYPT_COST: must be at least 10 when PUBLIC_URL is https');
  if (config.SESSION_IDLE_SECONDS > config.SESSION_ABSOLUTE_SECONDS) {
    faults.push('SESSION_IDLE_SECONDS: must not be longer than SESSION_ABSOLUTE_SECONDS');
  }
  if ((config.ADMIN_EMAIL === null) !== (config.ADMIN_PASSWORD === null)) {
    faults.push('ADMIN_EMAIL and ADMIN_PASSWORD: give both or neither');
  }
  if (config.SMTP_URL !== null && config.MAIL_DIR !== null) faults.push('SMTP_URL and MAIL_DIR: give one of them');
  if (config.SECOND_FACTOR_ROLES.length > 0 && config.SMTP_URL === null && config.MAIL_DIR === null)
    faults.push('SECOND_FACTOR_ROLES: needs SMTP_URL or MAIL_DIR, since who has enrolled no factor is sent codes');
  if (config.SESSION_SECRETS?.length === 0) faults.push('SESSION_SECRETS: must hold at least one secret');
  return faults;
}

import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The secrets the server cannot work without. */
export interface Secrets {
  /** Keys that sign session ids, newest first. */
  readonly SESSION_SECRETS: string[];
  /** Key of the HMAC that passwords pass before they are hashed. */
  readonly PASSWORD_PEPPER: string;
}

const kept = z.object({ sessionSecrets: z.array(z.string().min(32)).min(1), passwordPepper: z.string().min(32) });

/**
 * The secrets that were given, completed by those kept in `DATA_DIR/secrets.json`, which is made (mode 0600) when it is
 * missing. Two processes may do this at once: the first one's file stays.
 */
export function loadSecrets(given: {
  DATA_DIR: string;
  SESSION_SECRETS: string[] | null;
  PASSWORD_PEPPER: string | null;
}): Secrets {
  if (given.SESSION_SECRETS !== null && given.PASSWORD_PEPPER !== null) {
    return { SESSION_SECRETS: given.SESSION_SECRETS, PASSWORD_PEPPER: given.PASSWORD_PEPPER };
  }
  const file = join(given.DATA_DIR, 'secrets.json');
  const stored = readKept(file) ?? makeKept(given.DATA_DIR, file);
  return {
    SESSION_SECRETS: given.SESSION_SECRETS ?? stored.sessionSecrets,
    PASSWORD_PEPPER: given.PASSWORD_PEPPER ?? stored.passwordPepper,
  };
}

function readKept(file: string): z.infer<typeof kept> | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const parsed = kept.safeParse(jsonOrNull(text));
  if (!parsed.success) {
    throw new Error(`${file} is damaged: restore it, or sessions and passwords made with it are lost`);
  }
  return parsed.data;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function makeKept(folder: string, file: string): z.infer<typeof kept> {
  mkdirSync(folder, { recursive: true });
  const secret = () => randomBytes(32).toString('base64url');
  const mine = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const handle = openSync(mine, 'wx', 0o600);
  writeSync(handle, `${JSON.stringify({ sessionSecrets: [secret()], passwordPepper: secret() }, null, 2)}\n`);
  fsyncSync(handle);
  closeSync(handle);
  try {
    // A link, unlike a rename, fails when another process was first.
    linkSync(mine, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(mine, { force: true });
  }
  const stored = readKept(file);
  if (stored === null) throw new Error(`${file} could not be made`);
  return stored;
}

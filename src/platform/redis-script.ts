import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { RedisLink } from './redis.js';

const includeLine = /^--[ \t]*include[ \t]+"([a-z0-9-]+)"[ \t]*$/gm;

/** A Lua script and the digest Redis knows it by. It runs on one declared key: the prefix of everything it touches. */
export class RedisScript {
  readonly sha: string;

  constructor(
    readonly name: string,
    readonly text: string,
  ) {
    this.sha = createHash('sha1').update(text).digest('hex');
  }

  /** Has the node that serves `key` know the script, so that no run needs a second command. */
  async load(link: Pick<RedisLink, 'send'>, key = ''): Promise<void> {
    await link.send(key, ['SCRIPT', 'LOAD', this.text]);
  }

  /** Runs the script in one command. Rejects with what isUnknownScript knows where Redis has not been told the script. */
  runKnown(link: Pick<RedisLink, 'send'>, key: string, args: readonly string[]): Promise<unknown> {
    // `concat` makes the array at its size; a spread grows it step by step, which a check would feel.
    return link.send(key, ['EVALSHA', this.sha, '1', key].concat(args));
  }

  /** Runs the script in one command; where Redis does not know it yet, in a second one. Throws what `send` throws. */
  run(link: Pick<RedisLink, 'send'>, key: string, args: readonly string[]): Promise<unknown> {
    return this.runKnown(link, key, args).catch((error: unknown) => {
      if (!isUnknownScript(error)) throw error;
      return link.send(key, ['EVAL', this.text, '1', key, ...args]);
    });
  }
}

/** Whether Redis refused to run a script because it has not been told it, or has forgotten it. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

/**
 * A script from a Lua file, each `-- include "name"` line replaced by `includes/<name>.lua` beside it, or by the text that
 * `options.includes` gives for that name. A `#!lua` line stays the first. Throws when a file is missing.
 */
export function loadScript(file: string, options: { includes?: Readonly<Record<string, string>> } = {}): RedisScript {
  const text = readFileSync(file, 'utf8').replace(includeLine, (_, name: string) => {
    return (options.includes?.[name] ?? readFileSync(join(dirname(file), 'includes', `${name}.lua`), 'utf8')).trimEnd();
  });
  return new RedisScript(basename(file, '.lua'), text);
}

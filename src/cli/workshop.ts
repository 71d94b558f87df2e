import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type By, bySystem } from '../audit/audit-log.js';
import { composeTools, type Tools } from '../compose/tools.js';
import { type Config, type Environment, loadConfig } from '../config/config.js';
import type { Reached } from '../platform/pending.js';
import { type Cell, factsOf, tableOf } from './table.js';
import type { Terminal } from './terminal.js';

/** A store that was found running, or is started for as long as it is needed. */
export interface ReachedStore {
  readonly url: string;
  stop(): Promise<void>;
}

/** Finds or starts the embedded stores of a data folder, for settings that name no others. */
export interface EmbeddedStores {
  redis(dataDir: string): Promise<ReachedStore>;
  postgres(dataDir: string): Promise<ReachedStore>;
}

/** What commands work with: the terminal, the settings, and the services while a command needs them. */
export class Workshop {
  /** What the process will exit with when nothing fails. */
  status = 0;
  readonly #env: Environment;
  readonly #stores: EmbeddedStores;

  constructor(
    readonly terminal: Terminal,
    env: Environment,
    stores: EmbeddedStores,
  ) {
    this.#env = env;
    this.#stores = stores;
  }

  /** The operator, for the audit log: the server acts, on the order of somebody the operating system knows. */
  get by(): By {
    return { ...bySystem, operator: operatorName() };
  }

  /** Does something with the services, and leaves the stores afterwards, also when it fails. */
  async withTools<T>(work: (tools: Tools, config: Config) => Promise<T>): Promise<T> {
    return this.withConfig(['redis', 'postgres'], async (config) => {
      const tools = await composeTools(config);
      try {
        return await work(tools, config);
      } finally {
        await tools.close();
      }
    });
  }

  /** Does something with the settings, in which these stores are named. Throws ConfigError. */
  async withConfig<T>(needed: readonly (keyof EmbeddedStores)[], work: (config: Config) => Promise<T>): Promise<T> {
    const given = loadConfig(this.#env);
    const dataDir = resolve(given.DATA_DIR);
    const env: Record<string, string | undefined> = { ...this.#env };
    const found: ReachedStore[] = [];
    const find = async (store: keyof EmbeddedStores, name: 'REDIS_URL' | 'DATABASE_URL') => {
      if (!needed.includes(store) || given[name] !== null) return;
      const reached = await this.#stores[store](dataDir);
      found.push(reached);
      env[name] = reached.url;
    };
    try {
      await find('redis', 'REDIS_URL');
      await find('postgres', 'DATABASE_URL');
      return await work(found.length === 0 ? given : loadConfig(env));
    } finally {
      for (const store of found.reverse()) await store.stop();
    }
  }

  /** Shows an answer: as JSON when the command was asked to, else as the words that `show` makes of it. */
  tell(command: Command, answer: unknown, show: () => string): void {
    const json = command.optsWithGlobals<{ json?: boolean }>().json === true;
    this.terminal.out(json ? `${JSON.stringify(answer, null, 2)}\n` : show());
  }

  /** Shows rows as JSON, or in columns. */
  tellRows(
    command: Command,
    answer: unknown,
    head: readonly string[],
    rows: readonly (readonly Cell[])[],
    total = rows.length,
  ): void {
    const more = total > rows.length ? `${rows.length} of ${total}; --limit shows more\n` : '';
    const none = rows.length === 0 ? 'None.\n' : '';
    this.tell(command, answer, () => none || tableOf(head, rows) + more);
  }

  /** Shows one thing as JSON, or name by name. */
  tellFacts(command: Command, answer: object, facts: Readonly<Record<string, Cell>>): void {
    this.tell(command, answer, () => factsOf(facts));
  }

  /** Says it when Redis has yet to learn of a change. */
  sayPending(reached: Reached): void {
    if (reached !== 'pending') return;
    this.terminal.say(
      'The change is made. Redis cannot be told now; a running server tells it as soon as it is back.\n',
    );
  }
}

function operatorName(): string {
  try {
    return userInfo().username;
  } catch {
    // A process may run under a number that has no name.
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}

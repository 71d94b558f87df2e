import type { ChildProcess } from 'node:child_process';

/** A server process started by us. */
export interface EmbeddedServer {
  /** Process id of the running server; changes when it is restarted. Null before the first start. */
  readonly pid: number | null;
  readonly process: ChildProcess | null;
  /** SIGKILL; it stays down until `revive()`. Resolves when it is gone. */
  crash(): Promise<void>;
  /** Starts it again at the same address, with the data it had. */
  revive(): Promise<void>;
  /** SIGSTOP: it holds its connections and answers nothing until `thaw()`. */
  freeze(): void;
  thaw(): void;
  /** Ends it in good order; the data of an ephemeral one are removed. */
  stop(): Promise<void>;
}

/** A Postgres on a unix socket; user `usher`, no password. */
export interface PostgresServer extends EmbeddedServer {
  /** Connection URL of a database; by default `usher`, which exists. */
  url(database?: string): string;
}

/** A Redis server on a unix socket, or on a loopback port if one was asked for. */
export interface RedisServer extends EmbeddedServer {
  readonly url: string;
}

/** A Redis Cluster of masters on loopback. */
export interface RedisCluster {
  /** `redis+cluster://127.0.0.1:a,127.0.0.1:b,…` */
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
}

interface Common {
  /** Whether it is started again when it dies. Default: unless ephemeral. */
  readonly restart?: boolean;
  /** Where news go, one line each. Default: nowhere. */
  readonly say?: (line: string) => void;
}
type Place = { readonly dataDir: string; readonly ephemeral?: false } | { readonly ephemeral: true };

/** Throws an Error with one clear line when there is no binary for this platform, or the folder is in use. */
export function startPostgres(options: Place & Common): Promise<PostgresServer>;

/** `extraArgs` come last on the command line and win. Throws an Error with one clear line when no server can be found. */
export function startRedis(
  options: Place & Common & { readonly extraArgs?: readonly string[]; readonly port?: number },
): Promise<RedisServer>;

/** Three masters unless told otherwise; ready to take commands. */
export function startRedisCluster(options?: { readonly masters?: number; readonly extraArgs?: readonly string[] }): Promise<RedisCluster>;

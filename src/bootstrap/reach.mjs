import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres, startRedis } from './embedded.mjs';
import { isAlive, socketFolder } from './folders.mjs';
import { InUse } from './supervised.mjs';

/** How often a server that is just starting is given another moment. */
const TRIES = 3;

/** How long a command waits for its turn. */
const PATIENCE_MS = 60_000;

/** The folders whose stores this process has started, and how many of them. */
const turns = new Map();

/**
 * The Redis of a data folder: the one of the server that runs there, or one of our own for as long as it is needed. Commands that
 * need their own take turns. Answers { url, stop() }.
 */
export function reachRedis(dataDir) {
  const home = folderOf(dataDir);
  const socket = join(socketFolder(home), 'redis.sock');
  return reach(home, socket, `unix://${socket}`, () => startRedis({ dataDir: home, restart: false }));
}

/** The Postgres of a data folder: as above. */
export function reachPostgres(dataDir) {
  const home = folderOf(dataDir);
  const folder = socketFolder(home);
  const url = `postgres://usher@localhost/usher?host=${encodeURIComponent(folder)}`;
  return reach(home, join(folder, '.s.PGSQL.5432'), url, () => startPostgres({ dataDir: home, restart: false }));
}

function folderOf(dataDir) {
  const home = resolve(dataDir);
  mkdirSync(home, { recursive: true });
  return home;
}

async function reach(home, socket, url, start) {
  for (let left = TRIES; ; left--) {
    await othersTurn(home);
    if (!turns.has(home) && (await answers(socket))) return { url, stop: async () => {} };
    if (!takeTurn(home)) continue;
    try {
      const server = await start();
      return {
        url,
        async stop() {
          await server.stop();
          leaveTurn(home);
        },
      };
    } catch (error) {
      leaveTurn(home);
      // A server is starting, and will answer soon.
      if (!(error instanceof InUse) || left <= 0) throw error;
      await sleep(300);
    }
  }
}

function lockOf(home) {
  return join(home, 'operator.lock');
}

/** Waits while another command works with stores of its own: they will be gone when it is done. */
async function othersTurn(home) {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (!turns.has(home)) {
    const holder = holderOf(home);
    if (holder === null) return;
    if (Date.now() > giveUpAt)
      throw new Error(`Another command works on ${home}; if none does, remove ${lockOf(home)}`);
    if (holder !== 0 && !isAlive(holder)) rmSync(lockOf(home), { force: true });
    else await sleep(100);
  }
}

/** The process whose turn it is, 0 when that is just being written, null when it is nobody's. */
function holderOf(home) {
  try {
    return Number(readFileSync(lockOf(home), 'utf8'));
  } catch {
    return null;
  }
}

function takeTurn(home) {
  const count = turns.get(home) ?? 0;
  try {
    if (count === 0) writeFileSync(lockOf(home), String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  turns.set(home, count + 1);
  return true;
}

function leaveTurn(home) {
  const count = (turns.get(home) ?? 1) - 1;
  if (count > 0) return void turns.set(home, count);
  turns.delete(home);
  rmSync(lockOf(home), { force: true });
}

function answers(socket) {
  return new Promise((done) => {
    const link = connect({ path: socket });
    link.once('connect', () => {
      link.destroy();
      done(true);
    });
    link.once('error', () => done(false));
  });
}

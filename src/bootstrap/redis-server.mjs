import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { leaveSocketFolder, passingFolder, root, socketFolder } from './folders.mjs';
import { findRedis } from './redis-binary.mjs';
import { holding, Supervised, withParent } from './supervised.mjs';

const SLOTS = 16384;

/**
 * Starts a Redis server: on a unix socket only we may enter, or with `port` on that port of loopback. `dataDir` keeps its data
 * there, durable; `ephemeral` makes a fast one whose data outlive a crash of it but not `stop()`.
 */
export async function startRedis({ dataDir, ephemeral = false, extraArgs = [], port, restart = !ephemeral, say } = {}) {
  const home = ephemeral ? passingFolder() : resolve(dataDir);
  const data = join(home, 'redis');
  mkdirSync(data, { recursive: true });
  const binary = await findRedis(join(ephemeral ? join(root, '.data') : home, 'redis-bin'), say);
  const socket = port === undefined ? join(ephemeral ? home : socketFolder(home), 'redis.sock') : null;
  const server = new Supervised({
    name: 'Redis',
    stopSignal: 'SIGTERM',
    logFile: join(home, 'redis.log'),
    restart,
    say,
    isReady: (pid) => answersAs(pid, socket ?? port),
    command: [
      ...withParent('TERM'),
      ...(ephemeral ? [] : holding(join(home, 'redis.lock'))),
      binary,
      ...(socket === null
        ? ['--port', String(port), '--bind', '127.0.0.1']
        : ['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700']),
      ...['--dir', data, '--appendonly', 'yes', '--appendfsync', ephemeral ? 'no' : 'everysec', '--save', ''],
      ...['--maxmemory-policy', 'noeviction', '--daemonize', 'no', ...extraArgs],
    ],
  });
  const tidy = () => {
    if (ephemeral) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    else if (socket !== null) leaveSocketFolder(dirname(socket));
  };
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    tidy();
    throw error;
  }
  return {
    url: socket === null ? `redis://127.0.0.1:${port}` : `unix://${socket}`,
    get pid() {
      return server.pid;
    },
    get process() {
      return server.process;
    },
    crash: () => server.crash(),
    revive: () => server.start(),
    freeze: () => server.signal('SIGSTOP'),
    thaw: () => server.signal('SIGCONT'),
    async stop() {
      await server.stop();
      tidy();
    },
  };
}

/** A Redis Cluster of masters on loopback, ephemeral, ready to take commands. For tests. */
export async function startRedisCluster({ masters = 3, extraArgs = [] } = {}) {
  const ports = await freePorts(masters * 2);
  const nodes = [];
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (let index = 0; index < masters; index++) {
      const cluster = [
        '--cluster-enabled',
        'yes',
        '--cluster-config-file',
        'nodes.conf',
        '--cluster-node-timeout',
        '2000',
      ];
      const bus = ['--cluster-port', String(ports[masters + index]), '--cluster-announce-ip', '127.0.0.1'];
      nodes.push(
        await startRedis({ ephemeral: true, port: ports[index], extraArgs: [...cluster, ...bus, ...extraArgs] }),
      );
    }
    for (let index = 0; index < masters; index++) {
      const first = Math.round((index * SLOTS) / masters);
      const last = Math.round(((index + 1) * SLOTS) / masters) - 1;
      await ask(ports[index], `CLUSTER SET-CONFIG-EPOCH ${index + 1}`);
      await ask(ports[index], `CLUSTER ADDSLOTSRANGE ${first} ${last}`);
      if (index > 0) await ask(ports[index], `CLUSTER MEET 127.0.0.1 ${ports[0]} ${ports[masters]}`);
    }
    for (const port of ports.slice(0, masters)) await agreed(port, masters);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `redis+cluster://${ports
      .slice(0, masters)
      .map((port) => `127.0.0.1:${port}`)
      .join(',')}`,
    nodes,
    stop,
  };
}

async function agreed(port, masters) {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const info = await ask(port, 'CLUSTER INFO');
    if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${masters}\r`)) return;
    if (Date.now() > deadline) throw new Error(`The Redis Cluster did not come together:\n${info}`);
    await sleep(50);
  }
}

/** Whether the server there is the process we started, and done with loading its data. Another's socket may answer too. */
async function answersAs(pid, where) {
  try {
    const text = await ask(where, 'INFO server', 'PING');
    return text.includes(`process_id:${pid}\r`) && text.includes('+PONG');
  } catch {
    return false;
  }
}

/** Sends commands in Redis' inline form and answers everything that came back until the server hung up. */
function ask(where, ...commands) {
  return new Promise((done, fail) => {
    const link = connect(typeof where === 'number' ? { port: where, host: '127.0.0.1' } : { path: where });
    let text = '';
    link.setEncoding('utf8').setTimeout(2000, () => link.destroy(new Error('Redis does not answer')));
    link.on('data', (part) => (text += part)).on('error', fail);
    link.on('close', () => done(text));
    link.write(`${commands.join('\r\n')}\r\nQUIT\r\n`);
  });
}

/** Ports nobody listens on at the moment. */
async function freePorts(count) {
  const holders = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((done, fail) => {
          const holder = createServer()
            .once('error', fail)
            .listen(0, '127.0.0.1', () => done(holder));
        }),
    ),
  );
  const ports = holders.map((holder) => holder.address().port);
  await Promise.all(holders.map((holder) => new Promise((done) => holder.close(done))));
  return ports;
}

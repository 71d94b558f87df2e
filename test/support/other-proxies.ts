import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProxy } from '#bootstrap/proxy-binary.mjs';
import { projectFile } from '../../src/platform/project-file.js';
import { type Behind, ProxyProcess, placed } from './proxy-process.js';

/** The reverse proxies besides nginx that the tests run, with the configuration of the docker folder. */
export const otherProxies = {
  Caddy: (behind: Behind) =>
    ProxyProcess.start(async (folder, port) => {
      const file = join(folder, 'Caddyfile');
      const text = placed(readFileSync(projectFile('docker/proxies/Caddyfile'), 'utf8'), [
        ['\n{\n', '\n{\n\tadmin off\n\tauto_https off\n'],
        [':8080 {', `http://127.0.0.1:${port} {\n\tbind 127.0.0.1`],
        ['usher:3000', `127.0.0.1:${behind.usher}`, 'often'],
        ['api:4000', `127.0.0.1:${behind.api}`, 'often'],
        ['root * /srv', `root * ${folder}`],
      ]);
      writeFileSync(file, text);
      const env = { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
      return { command: [await findProxy('caddy'), 'run', '--config', file, '--adapter', 'caddyfile'], env };
    }),
  HAProxy: (behind: Behind) =>
    ProxyProcess.start(async (folder, port) => {
      const file = join(folder, 'haproxy.cfg');
      const text = placed(readFileSync(projectFile('docker/proxies/haproxy.cfg'), 'utf8'), [
        ['bind :8080', `bind 127.0.0.1:${port}`],
        ['127.0.0.1:3000', `127.0.0.1:${behind.usher}`, 'often'],
        ['127.0.0.1:4000', `127.0.0.1:${behind.api}`],
      ]);
      writeFileSync(file, text);
      copyFileSync(projectFile('docker/proxies/usher.lua'), join(folder, 'usher.lua'));
      return { command: [await findProxy('haproxy'), '-db', '-f', file] };
    }),
} as const;

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const inBrotli = promisify(brotliCompress);
const inGzip = promisify(gzip);

/** Puts each script and style once more beside itself, packed as tightly as can be: the server sends what the browser takes. */
export function packed(): Plugin {
  let folder = '';
  return {
    name: 'usher-packed',
    configResolved({ root, build }) {
      folder = join(root, build.outDir, build.assetsDir);
      if (build.outDir.startsWith('/')) folder = join(build.outDir, build.assetsDir);
    },
    async closeBundle() {
      const names = (await readdir(folder)).filter((name) => /\.(?:js|css|svg)$/.test(name));
      await Promise.all(names.map((name) => pack(join(folder, name))));
    },
  };
}

async function pack(file: string): Promise<void> {
  const plain = await readFile(file);
  const size = { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  const [br, gz] = await Promise.all([inBrotli(plain, { params: size }), inGzip(plain, { level: 9 })]);
  await writeFile(`${file}.br`, br);
  await writeFile(`${file}.gz`, gz);
}

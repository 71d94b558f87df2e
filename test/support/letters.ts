import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decoded, headerOf } from './mail-sink.js';

/** The folder a server of the tests writes its mail into. */
export class Letters {
  private constructor(readonly folder: string) {}

  static async open(): Promise<Letters> {
    return new Letters(await mkdtemp(join(tmpdir(), 'usher-mail-')));
  }

  /** Every message to somebody so far, oldest first, decoded. */
  async to(address: string): Promise<string[]> {
    const names = (await readdir(this.folder)).filter((name) => name.endsWith('.eml')).sort();
    const letters = await Promise.all(names.map((name) => readFile(join(this.folder, name), 'latin1')));
    return letters.filter((raw) => headerOf(raw, 'to')?.toLowerCase().includes(address.toLowerCase())).map(decoded);
  }

  /** The tokens of the invitations sent to somebody, oldest first, as soon as there are so many. */
  invitations(address: string, atLeast = 1): Promise<string[]> {
    return this.links(address, '/invitation', atLeast);
  }

  /** The tokens of the links to `path` sent to somebody, oldest first, as soon as there are so many. */
  async links(address: string, path: string, atLeast = 1): Promise<string[]> {
    const until = performance.now() + 10_000;
    const form = new RegExp(`${path}#([\\w-]{43})`);
    for (;;) {
      const found = (await this.to(address)).flatMap((text) => form.exec(text)?.[1] ?? []);
      if (found.length >= atLeast) return found;
      if (performance.now() > until) throw new Error(`${found.length} links to ${path} for ${address}, not ${atLeast}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

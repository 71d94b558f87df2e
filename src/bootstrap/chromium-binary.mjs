import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { canFetchPackages, fetchPackage } from './debian-package.mjs';
import { root } from './folders.mjs';
import { findCommand } from './supervised.mjs';

const HELP =
  'No Chromium found, which the browser tests drive. Install one ("apt-get install chromium-headless-shell"), or set CHROMIUM_BIN to its path.';

/** Chromium without a window of its own: it draws the same pages with a fifth less of the processor. */
const shell = 'chromium-headless-shell';

/**
 * The path of a Chromium for the browser tests: CHROMIUM_BIN, else one on PATH or the one kept under `.data`, which is
 * fetched from the system's own package source when it is missing; nothing is installed. Throws an error of one line that
 * says what to do when there is none.
 */
export async function findChromium() {
  const named = process.env.CHROMIUM_BIN;
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROMIUM_BIN: there is no ${named}`);
    return named;
  }
  const folder = join(root, '.data', 'chromium-shell-bin');
  const kept = join(folder, shell);
  const onPath = (names) => names.map((name) => findCommand(name)).find(Boolean);
  const found =
    onPath([shell]) ?? (existsSync(kept) ? kept : onPath(['chromium', 'chromium-browser', 'google-chrome']));
  if (found) return found;
  if (!canFetchPackages()) throw new Error(HELP);
  console.error('No Chromium found: fetching one into .data, which takes some minutes …');
  try {
    await fetchPackage({
      folder,
      name: shell,
      also: ['chromium-common'],
      deep: true,
      path: `usr/lib/chromium/${shell}`,
      command: shell,
      asksVersion: '--version',
      prepare: besideTheOthers,
    });
  } catch (error) {
    throw new Error(`${HELP} (Fetching one failed: ${error.message})`);
  }
  return kept;
}

/** One library keeps a part of itself in a folder of its own, which it expects at its place in the system. */
function besideTheOthers(unpacked) {
  const libraries = join(unpacked, 'usr/lib');
  for (const folder of readdirSync(libraries).filter((each) => each.includes('-linux-'))) {
    const own = join(libraries, folder, 'pulseaudio');
    if (!existsSync(own)) continue;
    for (const file of readdirSync(own)) symlinkSync(join('pulseaudio', file), join(libraries, folder, file));
  }
}

import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { findChromium } from './chromium-binary.mjs';
import { withoutStores } from './demonstration.mjs';
import { passingFolder, root } from './folders.mjs';

/** Where the pictures are kept: the README and the manual show them. */
const folder = join(root, 'src', 'manual', 'pictures');
const mostBytes = 150_000;
/** What moves into its place has done so by then. */
const settledMs = 500;
const window = { width: 1280, height: 800 };

/** What is shown, and what has to be seen before. `as` is who is signed in, by the part of the address before the `@`. */
const scenes = [
  { name: 'overview', as: 'admin', path: '/admin/', waitsFor: 'Spectra Pro' },
  { name: 'licence', as: 'admin', path: ({ licence }) => `/admin/licences/${licence}`, waitsFor: 'Carla Ricci' },
  { name: 'sessions', as: 'admin', path: '/admin/sessions', waitsFor: 'Carla Ricci' },
  { name: 'sign-in', as: null, path: '/sign-in', waitsFor: 'Password', narrow: true },
  { name: 'account', as: 'anna', path: '/account/devices', waitsFor: 'This device', narrow: true },
];

/**
 * Starts the demonstration in a folder that is gone afterwards, from what is compiled in `out`, and makes the pictures of
 * the README: each page in light and in dark, twice as fine as it is shown. Answers the names of the files.
 */
export async function takePictures(out) {
  const { chromium } = await import('playwright-core');
  const { password } = await import(pathToFileURL(join(root, out, 'src', 'demo', 'cast.js')).href);
  const demo = await startDemo(out);
  const browser = await chromium.launch({
    executablePath: await findChromium(),
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    mkdirSync(folder, { recursive: true });
    const made = [];
    const visits = await signInAll({ browser, demo, password });
    for (const colorScheme of ['light', 'dark']) {
      for (const scene of scenes) made.push(await take({ browser, demo, visits, scene, colorScheme }));
    }
    return made;
  } finally {
    await browser.close();
    await demo.stop();
  }
}

/** What each person's browser keeps once they are signed in: they do so once, for nobody to be seen there twice. */
async function signInAll({ browser, demo, password }) {
  const visits = new Map();
  for (const name of new Set(scenes.flatMap((scene) => scene.as ?? []))) {
    const context = await browser.newContext({ baseURL: demo.url });
    const login = { identifier: `${name}@demo.example`, password };
    const answer = await context.request.post('/auth/login', { data: login });
    if (!answer.ok()) throw new Error(`${name} could not sign in: ${await answer.text()}`);
    visits.set(name, await context.storageState());
    await context.close();
  }
  return visits;
}

async function take({ browser, demo, visits, scene, colorScheme }) {
  const viewport = scene.narrow ? { width: 900, height: 720 } : window;
  const looks = { baseURL: demo.url, colorScheme, locale: 'en-GB', deviceScaleFactor: 2, viewport };
  const storageState = visits.get(scene.as);
  const context = await browser.newContext({
    ...looks,
    reducedMotion: 'reduce',
    ...(storageState && { storageState }),
  });
  try {
    const path = typeof scene.path === 'string' ? scene.path : scene.path({ licence: await licenceOf(context) });
    const page = await context.newPage();
    await page.goto(path);
    await page.getByText(scene.waitsFor).filter({ visible: true }).first().waitFor();
    await page.waitForFunction('document.querySelector("[aria-busy=true]") === null');
    await page.waitForTimeout(settledMs);
    const name = `${scene.name}-${colorScheme}.webp`;
    writeFileSync(join(folder, name), await picture(context, page));
    return name;
  } finally {
    await context.close();
  }
}

/** The id of the licence that has most to show. */
async function licenceOf(context) {
  const answer = await context.request.get('/admin/api/licences?q=Microscopy');
  return (await answer.json()).items[0].id;
}

/** What the window shows, as WebP: as fine as it may be for its size. */
async function picture(context, page) {
  const devTools = await context.newCDPSession(page);
  for (const quality of [90, 80, 70, 60, 45]) {
    const { data } = await devTools.send('Page.captureScreenshot', { format: 'webp', quality });
    const bytes = Buffer.from(data, 'base64');
    if (bytes.length <= mostBytes) return bytes;
  }
  throw new Error(`${page.url()} does not fit into ${mostBytes} bytes`);
}

/** The demonstration on a port of its own, once people sit there. */
async function startDemo(out) {
  const place = passingFolder();
  const env = { ...withoutStores(process.env), PORT: '0', DATA_DIR: place, LOG_LEVEL: 'silent' };
  // In a process of its own, as it takes the signals; what it runs is compiled already.
  const from = JSON.stringify(new URL('./start.mjs', import.meta.url).href);
  const given = JSON.stringify({ out, demo: true });
  const words = `import { start } from ${from}; process.exitCode = (await start(${given})) ?? 0;`;
  const asked = ['--input-type=module', '-e', words];
  const child = spawn(process.execPath, asked, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    child.kill();
    await ended;
    rmSync(place, { recursive: true, force: true });
  };
  try {
    return { url: await readyUrl(child, ended), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function readyUrl(child, ended) {
  let url;
  const said = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      url ??= /^Usher is ready on (\S+)$/.exec(line)?.[1];
      if (line.startsWith('A demonstration:')) resolve(url);
    });
    void ended.then(() => reject(new Error(`The demonstration ended before it was ready: ${said.join('\n')}`)));
  });
}

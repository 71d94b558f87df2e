import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { CDPSession, Locator, Page, Response } from 'playwright-core';
import { projectFile } from '../../src/platform/project-file.js';
import { figure, until } from './pace.js';

/** Every page is shown in both. */
export type Theme = 'light' | 'dark';

/** Under which names a page's screenshots are kept, and what it is looked at with. */
export interface Setting {
  readonly suite: string;
  readonly theme: Theme;
  readonly width: number;
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** `preload`: nothing is fetched from elsewhere, as no page of ours has a style that is not its origin's. */
const asked = { rules: { 'target-size': { enabled: true } }, resultTypes: ['violations'], preload: false };
/** What differs between the themes: the same page has the same names, roles and places in both. */
const ofColours = { runOnly: ['color-contrast', 'link-in-text-block'], resultTypes: ['violations'], preload: false };
/** A long run asks everything twice. */
const askedAgain = figure(1, 2) === 1 ? ofColours : asked;

/** Brings to its end at once what moves and would come to rest; what turns for ever is left to it. */
const motionEnds = `Promise.all(
  document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
    .map((each) => {
      each.finish();
      return each.finished.catch(() => {});
    }),
)`;

/** What of an element is looked at in the browser, as these files know no DOM. */
interface Seen {
  readonly parentElement: Seen | null;
  readonly nextElementSibling: Seen | null;
  readonly previousElementSibling: Seen | null;
  readonly ownerDocument: {
    readonly activeElement: Seen | null;
    readonly defaultView: { getComputedStyle(of: Seen): Readonly<Record<string, string>> };
  };
}

const isActive = (element: Seen) => element.ownerDocument.activeElement === element;

/** The focused element, or what stands for it beside or around it, shows the browser's outline or one of at least two pixels. */
const hasRing = (focused: Seen) =>
  [focused, focused.parentElement, focused.nextElementSibling, focused.previousElementSibling].some((each) => {
    if (each === null) return false;
    const style = focused.ownerDocument.defaultView.getComputedStyle(each);
    const { outlineStyle, outlineWidth = '0' } = style;
    return outlineStyle === 'auto' || (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2);
  });

/** A page of the server in Chromium, with what every page of ours is asked. `page` is Playwright's, for everything else. */
export class LabPage {
  #devTools: Promise<CDPSession> | undefined;

  constructor(
    readonly page: Page,
    readonly setting: Setting,
    /** One of several of its profile, which stays when this is closed. */
    readonly isTab = false,
  ) {}

  /** Goes to a path of the server. */
  open(path: string): Promise<Response | null> {
    return this.page.goto(path, { waitUntil: 'domcontentloaded' });
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole('heading', { name });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, ...exact(name) });
  }

  link(name: string | RegExp): Locator {
    return this.page.getByRole('link', { name, ...exact(name) });
  }

  field(label: string | RegExp): Locator {
    return this.page.getByLabel(label, exact(label));
  }

  /** Waits for this text, anywhere. */
  async sees(text: string | RegExp): Promise<void> {
    await this.#shows(this.page.getByText(text));
  }

  /** Waits for an alert with this text. */
  async isTold(text: string | RegExp): Promise<void> {
    await this.#shows(this.page.getByRole('alert').filter({ hasText: text }));
  }

  /**
   * Light and dark: axe finds nothing, nothing is wider than the window, and a screenshot is kept as
   * `.data/screenshots/<suite>/<name>-<theme>.png`, with the width in its name where it is not the usual one.
   */
  async looksRight(name: string): Promise<void> {
    const { theme, width } = this.setting;
    const found: string[] = [];
    for (const colorScheme of theme === 'light' ? (['light', 'dark'] as const) : (['dark', 'light'] as const)) {
      await this.page.emulateMedia({ colorScheme });
      await this.page.evaluate(motionEnds);
      await this.keep(`${name}-${colorScheme}${width === 1280 ? '' : `-${width}`}`);
      const faults = await this.#faults(colorScheme === theme ? asked : askedAgain);
      for (const fault of faults) found.push(`${colorScheme}: ${fault}`);
    }
    await this.page.emulateMedia({ colorScheme: theme });
    assert.deepEqual(found, [], `${name} at ${this.page.url()}`);
  }

  /** Keeps a screenshot. */
  async keep(name: string): Promise<void> {
    const folder = projectFile(join('.data/screenshots', this.setting.suite));
    mkdirSync(folder, { recursive: true });
    // What lies behind a dialog is dimmed only as far as the window shows it.
    const fullPage = (await this.page.getByRole('dialog').count()) === 0;
    await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage, animations: 'disabled' });
  }

  /** Presses Tab, or Shift+Tab, until this has the focus, and asserts that it shows it. */
  async tabTo(wanted: Locator, { backwards = false, most = 80 } = {}): Promise<void> {
    for (let pressed = 0; pressed < most; pressed += 1) {
      await this.page.keyboard.press(backwards ? 'Shift+Tab' : 'Tab');
      if (!(await this.hasFocus(wanted))) continue;
      assert.ok(await wanted.evaluate(hasRing), `${wanted} has the focus and does not show it`);
      return;
    }
    assert.fail(`${wanted} was not reached with ${most} presses of Tab`);
  }

  hasFocus(wanted: Locator): Promise<boolean> {
    return wanted.evaluate(isActive);
  }

  /** Waits until this has the focus: after a dialog has closed, for instance. */
  async getsFocus(wanted: Locator): Promise<void> {
    await until(`${wanted} has the focus`, 5_000, () => this.hasFocus(wanted)).catch(async (error: Error) => {
      const has = await this.page.evaluate('document.activeElement.outerHTML.slice(0, 200)');
      throw new Error(`${error.message}; it is on ${has}`);
    });
  }

  /** From now on every answer takes this much longer; 0 ends it. */
  async slow(ms: number): Promise<void> {
    const conditions = { offline: false, latency: ms, downloadThroughput: -1, uploadThroughput: -1 };
    const devTools = await this.#session();
    await devTools.send('Network.enable');
    await devTools.send('Network.emulateNetworkConditions', conditions);
  }

  /** Ends the tab; or the profile with all its tabs. */
  async close(): Promise<void> {
    await (this.isTab ? this.page.close() : this.page.context().close());
  }

  async #shows(wanted: Locator): Promise<void> {
    try {
      await wanted.first().waitFor();
    } catch (error) {
      const says = await this.page.locator('body').innerText();
      throw new Error(`${(error as Error).message}\nThe page says: ${says}`);
    }
  }

  /** What axe finds, one line each; and whether the page is wider than its window. */
  async #faults(rules: typeof asked | typeof ofColours): Promise<string[]> {
    const devTools = await this.#session();
    if ((await this.page.evaluate('typeof axe')) === 'undefined')
      await devTools.send('Runtime.evaluate', { expression: axe });
    const evaluated = await devTools.send('Runtime.evaluate', {
      // Only what is told of it comes out of the browser: the rest is long.
      expression: `axe.run(document, ${JSON.stringify(rules)}).then(({ violations }) => violations)`,
      awaitPromise: true,
      returnByValue: true,
    });
    const violations = evaluated.result.value as AxeResults['violations'] | undefined;
    assert.ok(Array.isArray(violations), evaluated.exceptionDetails?.exception?.description ?? 'axe did not run');
    const faults = violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html}: ${failureSummary}`),
    );
    const wide = await this.page.evaluate('document.documentElement.scrollWidth - innerWidth');
    return (wide as number) > 0 ? [...faults, `the page is ${wide} pixels wider than its window`] : faults;
  }

  #session(): Promise<CDPSession> {
    this.#devTools ??= this.page.context().newCDPSession(this.page);
    return this.#devTools;
  }
}

function exact(name: string | RegExp): { exact?: true } {
  return typeof name === 'string' ? { exact: true } : {};
}

import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { expect } from '@jest/globals';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { Role } from '../../src/access/roles.js';
import type { Substitutes } from '../../src/compose/compose.js';
import { addAuthenticator, BrowserSite } from './browser-site.js';
import { LabPage, type Theme } from './lab-page.js';
import { until } from './pace.js';
import type { Account } from './world.js';

/** How somebody looks at the server's pages. */
export interface Looks {
  /** Who is signed in: an account, with more of the sign-in's body if need be, or a new account with this role. Else nobody. */
  readonly signedInAs?: Account | Role;
  /** Added to the body of that sign-in: `licenceId`, `remember` … */
  readonly signIn?: Readonly<Record<string, unknown>>;
  /** Light unless said otherwise. */
  readonly theme?: Theme;
  /** Of the window, 1280 unless said otherwise. */
  readonly width?: number;
  /** What the browser prefers, `en-GB` unless said otherwise. */
  readonly language?: string;
  readonly reducedMotion?: boolean;
  /** With an authenticator that agrees to everything, for passkeys. */
  readonly passkeys?: boolean;
}

/**
 * A whole server and one Chromium for the pages of a test file. What no page may do is gathered on the way and asserted by
 * `close`: break the content security policy, ask another origin, throw.
 */
export class PageLab {
  readonly #complaints: string[] = [];

  private constructor(
    readonly site: BrowserSite,
    /** The folder of its screenshots: the name of the test file. */
    readonly suite: string,
  ) {}

  /** `settings` and `substitutes`: what the server is given beside those of the tests. */
  static async open({
    settings = {},
    substitutes = {},
  }: {
    readonly settings?: Readonly<Record<string, string>>;
    readonly substitutes?: Substitutes;
  } = {}): Promise<PageLab> {
    const suite = basename(expect.getState().testPath ?? 'pages').replace(/\.test\.[jt]s$/, '');
    return new PageLab(await BrowserSite.open(settings, substitutes), suite);
  }

  get server() {
    return this.site.server;
  }

  get world() {
    return this.site.server.world;
  }

  get origin(): string {
    return this.site.origin;
  }

  /** A page in a profile of its own, at no address yet: `open(path)` leads to one. */
  async page(looks: Looks = {}): Promise<LabPage> {
    const { theme = 'light', width = 1280, language = 'en-GB', reducedMotion = false } = looks;
    const options: BrowserContextOptions = {
      baseURL: this.origin,
      colorScheme: theme,
      locale: language,
      viewport: { width, height: 900 },
      reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    };
    const context = await this.site.browser.newContext(options);
    context.setDefaultTimeout(10_000);
    await this.#watch(context);
    if (looks.signedInAs !== undefined) await this.#signIn(context, looks.signedInAs, looks.signIn ?? {});
    const page = await context.newPage();
    if (looks.passkeys === true) await addAuthenticator(page);
    return new LabPage(page, { suite: this.suite, theme, width });
  }

  /** Another tab of the same profile. */
  async tab({ page, setting }: LabPage): Promise<LabPage> {
    return new LabPage(await page.context().newPage(), setting, true);
  }

  /** Freezes the session store: from now on every page is answered 503 `store-unavailable`. */
  async storeDown(): Promise<void> {
    this.server.redis.freeze();
    await until('the server answers 503', 5_000, async () => (await this.#checkStatus()) === 503);
  }

  /** The store is back, and the server has noticed. */
  async storeBack(): Promise<void> {
    this.server.redis.thaw();
    await until('the server answers again', 10_000, async () => (await this.#checkStatus()) === 200);
  }

  /** Ends all, and asserts that no page did what none may do. */
  async close(): Promise<void> {
    this.server.redis.thaw();
    await this.site.close();
    assert.deepEqual(this.#complaints, [], 'what the pages of this file did that none may do');
  }

  async #checkStatus(): Promise<number> {
    return (await this.world.root.ask('GET', '/auth/session')).status;
  }

  async #signIn(context: BrowserContext, who: Account | Role, more: object): Promise<void> {
    const { login } = typeof who === 'string' ? await this.world.account([who]) : who;
    const answer = await context.request.post('/auth/login', { data: { ...login, ...more } });
    assert.equal(answer.status(), 200, await answer.text());
  }

  async #watch(context: BrowserContext): Promise<void> {
    const say = (what: string) => this.#complaints.push(what);
    await context.addInitScript(tellsOfViolations);
    context.on('page', (page: Page) => page.on('pageerror', (error) => say(`${page.url()} threw ${error.stack}`)));
    context.on('console', (message) => {
      if (/content security policy|refused to/i.test(message.text())) say(message.text());
    });
    context.on('request', (request) => {
      const url = request.url();
      if (/^https?:|^wss?:/.test(url) && new URL(url).origin !== this.origin) say(`asked ${url}`);
    });
  }
}

const tellsOfViolations = `addEventListener('securitypolicyviolation', (event) => {
  console.error('content security policy', event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber);
});`;

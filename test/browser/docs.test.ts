import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { BrowserSite } from '../support/browser-site.js';

let site: BrowserSite;

beforeAll(async () => {
  site = await BrowserSite.open();
}, 1_200_000);

afterAll(() => site?.close());

/** A page of the server, with what it complained about and whom it asked besides the server. */
async function look(path: string): Promise<{ page: Page; complaints: string[]; elsewhere: string[] }> {
  const context = await site.browser.newContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  const elsewhere: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(site.origin) && !/^(?:data|blob):/.test(url)) elsewhere.push(url);
  });
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', (e) => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))",
  );
  await page.goto(site.origin + path);
  return { page, complaints, elsewhere };
}

/** The calls that Swagger UI shows, and how far down: of many it only draws those that are in the window. */
async function scrolledThrough(page: Page, atMost: number): Promise<Map<string, number>> {
  const seenAt = new Map<string, number>();
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  for (let at = 0; at <= height && seenAt.size < atMost; at += 300) {
    await page.evaluate(`scrollTo(0, ${at})`);
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    const shown = await page.evaluate(`[...document.querySelectorAll('.opblock-summary')].map((each) =>
      each.querySelector('.opblock-summary-method').textContent + ' ' +
      each.querySelector('.opblock-summary-path').dataset.path)`);
    for (const call of shown as string[]) if (!seenAt.has(call)) seenAt.set(call, at);
  }
  return seenAt;
}

describe('the documentation in Chromium', () => {
  it('shows every call in Swagger UI, tries one, and asks nobody else', async () => {
    const { page, complaints, elsewhere } = await look('/docs');
    await page.waitForSelector('.opblock');
    const { paths } = (await site.server.client.ask('GET', '/openapi.json')).json;
    const calls = Object.values<object>(paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0);
    const seenAt = await scrolledThrough(page, calls);
    expect(seenAt.size).toBe(calls);
    await page.evaluate(`scrollTo(0, ${seenAt.get('GET /health/live')})`);
    const block = page.locator('.opblock', { has: page.locator('[data-path="/health/live"]') });
    await block.locator('.opblock-summary-control').click();
    await block.locator('.try-out__btn').click();
    await block.locator('.execute').click();
    await block.locator('.live-responses-table .response-col_status', { hasText: '200' }).first().waitFor();
    expect([complaints, elsewhere]).toEqual([[], []]);
  }, 60_000);

  it('shows every call in Redoc, and asks nobody else', async () => {
    const { page, complaints, elsewhere } = await look('/redoc');
    await page.waitForSelector('[data-section-id]');
    await page.locator('h1', { hasText: 'Usher' }).first().waitFor();
    expect(await page.locator('[data-section-id]').count()).toBeGreaterThan(50);
    expect([complaints, elsewhere]).toEqual([[], []]);
  }, 60_000);

  it('shows the manual, light and dark, with a way to each page', async () => {
    const { page, complaints, elsewhere } = await look('/manual');
    expect(await page.locator('main h1').innerText()).toBe('Getting started');
    const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await background();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await background()).not.toBe(light);
    await page.click('nav a[href="/manual/settings"]');
    expect(await page.locator('main h1').innerText()).toBe('Settings');
    expect(await page.locator('nav [aria-current]').innerText()).toBe('Settings');
    await page.goto(`${site.origin}/manual/production`);
    await page.click('main a[href="/manual/settings#secrets"]');
    expect(await page.locator('#secrets').isVisible()).toBe(true);
    expect([complaints, elsewhere]).toEqual([[], []]);
  }, 60_000);
});

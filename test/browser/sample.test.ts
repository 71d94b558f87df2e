import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';
import { findChromium } from '#bootstrap/chromium-binary.mjs';
import { sampleApi } from '../../docker/sample/api.js';
import { startNginx } from '../support/nginx.js';
import type { ProxyProcess } from '../support/proxy-process.js';
import { testSettings, WholeServer } from '../support/whole-server.js';
import { type Account, password } from '../support/world.js';

let server: WholeServer;
let api: Server;
let nginx: ProxyProcess;
let browser: Browser;
let member: Account;

beforeAll(async () => {
  server = await WholeServer.start();
  const usher = `http://127.0.0.1:${server.client.port}`;
  api = sampleApi({ usher, origin: testSettings.PUBLIC_URL, audience: 'sample' }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  const address = api.address();
  assert.ok(address !== null && typeof address === 'object');
  nginx = await startNginx({ usher: server.client.port, api: address.port });
  browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox', '--disable-gpu'] });
  member = (await server.world.institute()).member;
}, 1_200_000);

afterAll(async () => {
  await browser?.close();
  await nginx?.stop();
  api?.closeAllConnections();
  api?.close();
  await server?.stop();
});

describe('the sample application in Chromium, behind nginx', () => {
  it('signs in, is known to the API, and is told when staff have ended the session', async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`http://127.0.0.1:${nginx.port}/`);
    await page.fill('input[name=identifier]', member.email);
    await page.fill('input[name=password]', password);
    await page.click('#sign-in button');
    await page.locator('#who', { hasText: member.email }).waitFor();
    await page.click('#ask');
    await page.locator('#said', { hasText: `"sub": "${member.id}"` }).waitFor();
    const { sid } = JSON.parse(await page.locator('#said').innerText());
    await server.world.root.must(200, 'DELETE', `/admin/api/sessions/${sid}?message=Lunch`);
    await page.click('#ask');
    await page.locator('#said', { hasText: 'Lunch' }).waitFor();
    expect([await page.locator('#sign-in').isVisible(), complaints]).toEqual([true, []]);
  }, 60_000);

  it('signs out', async () => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${nginx.port}/some/view`);
    await page.fill('input[name=identifier]', member.email);
    await page.fill('input[name=password]', password);
    await page.click('#sign-in button');
    await page.locator('#leave').click();
    await page.locator('#sign-in').waitFor();
    const path = '/api/me';
    expect(await page.evaluate(async (asked) => (await fetch(asked)).status, path)).toBe(401);
  }, 60_000);
});

import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projectFile } from '../../src/platform/project-file.js';
import { PageLab } from '../support/page-lab.js';

const logo = join(tmpdir(), `usher-logo-${process.pid}.svg`);
const picture =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 20" onload="alert(1)"><rect width="80" height="20"/></svg>';

let lab: PageLab;

beforeAll(async () => {
  await writeFile(logo, picture);
  // A colour that nobody could read as it is.
  const brand = { BRAND_NAME: 'Institut für Botanik', BRAND_COLOUR: '#ffd400', BRAND_LOGO: logo };
  lab = await PageLab.open({ settings: brand });
}, 1_200_000);

afterAll(async () => {
  await lab?.close();
  await rm(logo, { force: true });
});

/** What the server answers to a path. */
async function asked(path: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(lab.origin + path, { headers });
  return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
}

describe('the page of a forgotten password in Chromium', () => {
  it('sends a link, and says the same of an address nobody has', async () => {
    const { email } = await lab.world.account();
    const view = await lab.page();
    await view.open('/forgot');
    await view.heading('Forgotten your password?').waitFor();
    await view.looksRight('forgot');
    await view.field('E-mail address').fill('nobody-at-all');
    await view.button('Send the link').click();
    await view.sees(/does not look like an e-mail address/);
    await view.hasFocus(view.field('E-mail address'));
    await view.looksRight('forgot-fault');
    for (const address of ['nobody@example.org', email]) {
      await view.field('E-mail address').fill(address);
      await view.button('Send the link').click();
      await view.heading('Look into your mail').waitFor();
      await view.getsFocus(view.heading('Look into your mail'));
      await view.sees(`If ${address} has an account here`);
      if (address !== email) await view.button('Give another address').click();
    }
    await view.looksRight('forgot-sent');
    expect(await lab.server.letters.to('nobody@example.org')).toEqual([]);
    await view.link('Back to sign-in').click();
    await view.heading('Sign in').waitFor();
    await view.close();
  }, 60_000);
});

describe('the page that makes an account in Chromium', () => {
  it('says beside its field what the server does not take, and then sends a link, and again', async () => {
    const view = await lab.page({ language: 'de-DE', width: 360 });
    await view.open('/register?return_to=%2Fmanual');
    await view.heading('Konto anlegen').waitFor();
    await view.looksRight('register');
    await view.field('E-Mail-Adresse').fill('neu@example.org');
    await view.field('Passwort wählen').fill('passwort');
    await view.button('Konto anlegen').click();
    await view.sees('Bitte nehmen Sie mindestens 15 Zeichen.');
    await view.getsFocus(view.field('Passwort wählen'));
    await view.looksRight('register-fault');
    await view.field('Passwort wählen').fill('vier Wörter die keiner ahnt');
    await lab.storeDown();
    try {
      await view.button('Konto anlegen').click();
      await view.isTold('Der Dienst ist für einen Moment unterbrochen.');
      await view.looksRight('register-interrupted');
    } finally {
      await lab.storeBack();
    }
    await view.heading('Sehen Sie in Ihre Post').waitFor();
    await view.looksRight('register-sent');
    await view.button('Link noch einmal schicken').click();
    await view.page.getByRole('status').or(view.page.getByRole('alert')).filter({ hasText: /./ }).first().waitFor();
    expect(await view.link('Ich habe ein Konto').getAttribute('href')).toBe('/sign-in?return_to=%2Fmanual');
    await view.close();
  }, 60_000);
});

describe('a house that makes no accounts, or sends no mail', () => {
  it('says whom to ask instead, and offers neither at the sign-in page', async () => {
    const closed = await lab.server.another({ REGISTRATION: 'closed' });
    try {
      const { text } = await closed.nobody.client.ask('GET', '/sign-in');
      expect(text).toContain('&quot;registers&quot;:false,&quot;mails&quot;:true');
    } finally {
      await closed.stop();
    }
    const view = await lab.page();
    await view.page.route(/\/(?:sign-in|register|forgot)$/, async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace(/&quot;(registers|mails)&quot;:true/g, '&quot;$1&quot;:false');
      await route.fulfill({ response: answer, body });
    });
    await view.open('/register');
    await view.sees('Accounts are not made here.');
    await view.looksRight('register-closed');
    await view.open('/forgot');
    await view.sees('This service cannot send e-mail');
    await view.open('/sign-in');
    await view.heading('Sign in').waitFor();
    expect(await view.page.locator('.links').count()).toBe(0);
    await view.close();
  }, 60_000);
});

describe('the page after signing out in Chromium', () => {
  it('says why, and leads back', async () => {
    const view = await lab.page();
    await view.open('/signed-out?reason=lifetime&return_to=%2Fmanual');
    await view.sees('every session ends after a while');
    await view.looksRight('signed-out');
    expect(await view.link('Sign in again').getAttribute('href')).toBe('/sign-in?return_to=%2Fmanual');
    await view.open('/signed-out?reason=<b>&return_to=%2F%2Fevil.example');
    await view.sees('Your seat is free for others now.');
    expect(await view.link('Sign in again').getAttribute('href')).toBe('/sign-in');
    await view.close();
  }, 60_000);
});

describe('the pages for everybody', () => {
  it('are in the name, the colour and with the picture of the house, which can do nothing but be seen', async () => {
    const view = await lab.page();
    await view.open('/sign-in');
    await view.heading('Sign in').waitFor();
    await view.looksRight('branded');
    expect(await view.page.title()).toBe('Sign in – Institut für Botanik');
    expect(await view.page.evaluate("document.querySelector('.brand img').naturalWidth > 0")).toBe(true);
    const accent = await view.page.evaluate(
      "getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()",
    );
    expect(accent).toMatch(/^#(?!0f766e)[0-9a-f]{6}$/);
    const { answer, bytes } = await asked('/brand/logo');
    expect([answer.headers.get('content-type'), bytes.toString()]).toEqual(['image/svg+xml', picture]);
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox$/);
    await view.close();
  }, 60_000);

  it.each([
    ['de-CH,de;q=0.9,en;q=0.8', 'de'],
    ['en;q=0.5, DE;q=0.7', 'de'],
    ['fr, en-GB', 'en'],
    ['de;q=0, fr', 'en'],
    ['', 'en'],
  ])('answer a browser that asks for %j in %s', async (wanted, language) => {
    const { answer, bytes } = await asked('/sign-in', { 'accept-language': wanted });
    expect(bytes.toString()).toContain(`<html lang="${language}">`);
    expect(answer.headers.get('vary')).toContain('Accept-Language');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('are sent to Usher by the proxies, with all they load', async () => {
    const conf = readFileSync(projectFile('docker/nginx.conf'), 'utf8');
    const usher = new RegExp(/location ~ (\^\/\(auth\|\S+) \{/.exec(conf)?.[1] ?? 'nothing');
    const { paths } = (await lab.server.client.ask('GET', '/openapi.json')).json;
    const elsewhere = ['/metrics', '/openapi.json', '/.well-known/jwks.json'];
    expect(Object.keys(paths).filter((path) => !usher.test(path) && !elsewhere.includes(path))).toEqual([]);
  });

  it('say that they need JavaScript, in every language, where there is none', async () => {
    const html = (await asked('/sign-in')).bytes.toString();
    const said = /<noscript>(.*)<\/noscript>/s.exec(html)?.[1] ?? '';
    expect([...said.matchAll(/lang="(\w+)"/g)].map((match) => match[1])).toEqual(['en', 'de']);
  });

  it('load less than 60 kB to sign in, packed, with all that belongs to it', async () => {
    const { bytes } = await asked('/sign-in');
    const files = [...bytes.toString().matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g)].map(
      (match) => match[1] ?? '',
    );
    expect(files.filter((name) => name.endsWith('.js')).length).toBeGreaterThan(0);
    const sizes = await Promise.all(files.map(async (name) => gzipSync((await asked(name)).bytes).length));
    const all = sizes.reduce((sum, size) => sum + size, gzipSync(bytes).length);
    expect(all).toBeLessThan(60_000);
  }, 60_000);
});

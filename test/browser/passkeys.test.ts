import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import jsqr from 'jsqr';
import { appCode } from '../support/authenticator-app.js';
import { type Application, BrowserSite } from '../support/browser-site.js';
import type { Account } from '../support/world.js';

let site: BrowserSite;
let licenceId: string;

beforeAll(async () => {
  site = await BrowserSite.open();
  ({ id: licenceId } = await site.server.world.licence());
}, 1_200_000);

afterAll(() => site?.close());

/** Somebody who has signed in with the password, in Chromium. */
async function signedIn(): Promise<{ account: Account; application: Application }> {
  const account = await site.server.world.account();
  await site.server.world.join(licenceId, account);
  const application = await site.application();
  expect((await application.ask('POST', '/auth/login', account.login)).status).toBe(200);
  return { account, application };
}

async function enrolPasskey(application: Application): Promise<void> {
  const begun = await application.ask('POST', '/auth/factors/passkeys/options');
  expect(begun.status).toBe(200);
  const response = await application.call('createPasskey', begun.json.options);
  const added = await application.ask('POST', '/auth/factors/passkeys', {
    token: begun.json.token,
    name: 'This browser',
    response,
  });
  expect([added.status, added.json]).toMatchObject([201, { kind: 'passkey', name: 'This browser' }]);
}

async function signOut(application: Application): Promise<void> {
  expect((await application.ask('POST', '/auth/logout')).status).toBe(204);
  expect((await application.ask('GET', '/auth/session')).status).toBe(401);
}

describe('a passkey in Chromium', () => {
  it('is enrolled, and after signing out signs in alone, at level 2', async () => {
    const { account, application } = await signedIn();
    expect((await application.ask('GET', '/auth/factors')).json.offers).toContain('passkey');
    await enrolPasskey(application);
    await signOut(application);
    const begun = await application.ask('POST', '/auth/login/passkey/options');
    const response = await application.call('getPasskey', begun.json.options);
    const entered = await application.ask('POST', '/auth/login/passkey', { token: begun.json.token, response });
    expect([entered.status, entered.json]).toMatchObject([
      200,
      { user: { id: account.id }, licence: { id: licenceId }, session: { amr: ['hwk', 'user', 'mfa'], aal: 2 } },
    ]);
    expect((await application.ask('GET', '/auth/session')).json.user.email).toBe(account.email);
    expect(await application.cookies()).toContain('sid');
  });

  it('answers for the second factor after the password', async () => {
    const { account, application } = await signedIn();
    await enrolPasskey(application);
    await signOut(application);
    const asked = await application.ask('POST', '/auth/login', account.login);
    expect([asked.status, asked.json.methods]).toEqual([401, ['passkey']]);
    const { challenge } = asked.json;
    const begun = await application.ask('POST', '/auth/login/second-factor/begin', { challenge, method: 'passkey' });
    const response = await application.call('getPasskey', begun.json.options);
    const answer = { challenge, method: 'passkey', response };
    const entered = await application.ask('POST', '/auth/login/second-factor', answer);
    expect([entered.status, entered.json.session]).toMatchObject([200, { amr: ['pwd', 'hwk', 'user', 'mfa'], aal: 2 }]);
  });

  it('is not enrolled twice on one authenticator', async () => {
    const { application } = await signedIn();
    await enrolPasskey(application);
    const begun = await application.ask('POST', '/auth/factors/passkeys/options');
    await expect(application.call('createPasskey', begun.json.options)).rejects.toThrow(/InvalidStateError/);
  });
});

describe('an authenticator app in Chromium', () => {
  it('is enrolled from what its QR code holds, and then asked for', async () => {
    const { account, application } = await signedIn();
    const started = await application.ask('POST', '/auth/factors/totp', { name: 'Phone' });
    const dots = await application.dots(started.json.qr);
    const colours = [...dots].flatMap((dot) => (dot === '#' ? [0, 0, 0, 255] : [255, 255, 255, 255]));
    const seen = jsqr.default(Uint8ClampedArray.from(colours), 400, 400);
    assert.ok(seen !== null, 'the QR code can be read');
    const uri = new URL(seen.data);
    expect([uri.protocol, uri.host]).toEqual(['otpauth:', 'totp']);
    expect(decodeURIComponent(uri.pathname)).toBe(`/localhost:${account.email}`);
    const secret = uri.searchParams.get('secret') ?? '';
    const path = `/auth/factors/totp/${started.json.id}/confirm`;
    expect((await application.ask('POST', path, { code: await appCode(secret) })).status).toBe(200);
    await signOut(application);
    const { json } = await application.ask('POST', '/auth/login', account.login);
    expect(json.methods).toEqual(['totp']);
    const code = await appCode(secret, 1);
    const answer = { challenge: json.challenge, method: 'totp', code };
    const entered = await application.ask('POST', '/auth/login/second-factor', answer);
    expect([entered.status, entered.json.session]).toMatchObject([200, { aal: 2 }]);
  });
});

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { audience, client, otherAudience } from '../support/audience.js';
import type { Guest } from '../support/guest.js';
import { WholeServer } from '../support/whole-server.js';
import type { Institute } from '../support/world.js';

const issuer = 'http://127.0.0.1:3000';
const wanted = { issuer, audience: audience.name, typ: 'at+jwt', algorithms: ['EdDSA'] };

let server: WholeServer;
let institute: Institute;
let member: Guest;
let staff: Guest;

beforeAll(async () => {
  server = await WholeServer.start();
  institute = await server.world.institute();
  member = await server.world.enter(institute.member);
  staff = await server.world.staff('staff');
}, 60_000);

afterAll(() => server?.stop());

const keysUrl = () => new URL(`http://127.0.0.1:${server.client.port}/.well-known/jwks.json`);
const verify = (token: string, over: object = {}) =>
  jwtVerify(token, createRemoteJWKSet(keysUrl()), { ...wanted, ...over });
const exchange = (guest: Guest, over: object = {}) =>
  guest.must(200, 'POST', '/auth/token', { audience: audience.name, ...over });
const introspect = (token: string) =>
  server.nobody.must(200, 'POST', '/auth/token/introspect', { token, ...client(audience) });
const publishedKey = async () => (await server.client.ask('GET', '/.well-known/jwks.json')).json.keys[0];

describe('POST /auth/token', () => {
  it('gives a JWT that says who, through which session, how authenticated and with which rights, for two minutes', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { token, tokenType, expiresAt, jti } = await exchange(member);
    const { payload, protectedHeader } = await verify(token);
    expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: (await publishedKey()).kid });
    const { iat = 0 } = payload;
    expect(payload).toEqual({
      iss: issuer,
      sub: institute.member.id,
      client_id: issuer,
      aud: audience.name,
      jti,
      sid: member.view.session.ref,
      iat,
      nbf: iat - 10,
      exp: iat + 120,
      auth_time: Math.floor(Date.parse(member.view.session.createdAt) / 1000),
      amr: ['pwd'],
      acr: 'aal1',
      roles: ['user'],
      licence: institute.licenceId,
    });
    expect(iat - before).toBeLessThan(20);
    expect([tokenType, Date.parse(expiresAt)]).toEqual(['Bearer', (iat + 120) * 1000]);
  });

  it('gives it to programs with a bearer session too, and names the permissions where there are any', async () => {
    const { token } = await exchange(await server.world.staff('staff', 'bearer'), { lifetimeSeconds: 300 });
    const { payload } = await verify(token);
    expect(payload['permissions']).toContain('session.end');
    expect(payload['licence']).toBeUndefined();
    expect(Number(payload.exp) - Number(payload.iat)).toBe(300);
  });

  it('refuses other audiences, longer lives and unknown fields, and names each', async () => {
    const bad: [object, string][] = [
      [{ audience: 'https://elsewhere.example' }, '/audience'],
      [{ audience: '' }, '/audience'],
      [{ audience: undefined }, '/audience'],
      [{ audience: audience.secret }, '/audience'],
      [{ lifetimeSeconds: 301 }, '/lifetimeSeconds'],
      [{ lifetimeSeconds: 0 }, '/lifetimeSeconds'],
      [{ once: 'yes' }, '/once'],
      [{ sub: 'somebody' }, '/sub'],
    ];
    for (const [over, pointer] of bad) {
      const answer = await member.ask('POST', '/auth/token', { body: { audience: audience.name, ...over } });
      expect([answer.status, answer.json.errors?.map((fault: { pointer: string }) => fault.pointer)]).toEqual([
        400,
        [pointer],
      ]);
      expect(answer.text).not.toContain(audience.secret);
    }
  });

  it('wants a session, its CSRF token, and our own pages', async () => {
    const body = { audience: audience.name };
    const ask = (guest: Guest, headers = {}) => guest.ask('POST', '/auth/token', { body, headers });
    expect((await ask(server.nobody)).json.type).toBe('/problems/not-signed-in');
    expect((await ask(member.with({ 'x-csrf-token': undefined }))).json.type).toBe('/problems/cross-site-request');
    expect((await ask(member, { origin: 'https://elsewhere.example' })).json.type).toBe('/problems/cross-site-request');
  });

  it('puts a new role into the next token, with no sign-out', async () => {
    const account = await server.world.account(['staff']);
    const guest = await server.world.enter(account);
    expect(decodeJwt((await exchange(guest)).token)['roles']).toEqual(['staff']);
    await server.world.root.must(200, 'PATCH', `/admin/api/users/${account.id}`, { roles: ['staff', 'user'] });
    const said = decodeJwt((await exchange(guest)).token);
    expect([said['roles'], said['sid']]).toEqual([['staff', 'user'], guest.view.session.ref]);
  });
});

describe('the assertion a reverse proxy is given with a check', () => {
  it('says whose session it is, is signed by the same keys, and is no token', async () => {
    const { headers } = await member.ask('GET', '/auth/verify');
    const assertion = String(headers['x-auth-assertion']);
    const { payload } = await verify(assertion, { audience: issuer, typ: 'auth-assertion+jwt' });
    const { iat = 0, ...said } = payload;
    expect(said).toEqual({
      ...{ iss: issuer, aud: issuer, nbf: iat - 10, exp: iat + 60 },
      ...{ sub: institute.member.id, email: institute.member.email, sid: member.view.session.ref },
      ...{ auth_time: expect.any(Number), amr: ['pwd'], acr: 'aal1', roles: ['user'], licence: institute.licenceId },
    });
    await expect(verify(assertion)).rejects.toThrow();
    expect(await introspect(assertion)).toEqual({ active: false });
    expect((await member.ask('GET', '/auth/verify')).headers['x-auth-assertion']).toBe(assertion);
  });
});

describe('a token never outlives its session', () => {
  it('though a longer life was asked for', async () => {
    const short = await WholeServer.start({ SESSION_ABSOLUTE_SECONDS: '30', SESSION_IDLE_SECONDS: '30' });
    try {
      const guest = await short.world.enter((await short.world.institute()).member);
      const { expiresAt } = await exchange(guest, { lifetimeSeconds: 300 });
      expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.parse(guest.view.session.absoluteExpiresAt));
    } finally {
      await short.stop();
    }
  }, 60_000);
});

describe('GET /.well-known/jwks.json', () => {
  it('gives public keys only, to be kept for five minutes, and says when nothing is new (ASVS 13.3.1)', async () => {
    const { json, headers } = await server.client.ask('GET', '/.well-known/jwks.json');
    expect(json.keys).toHaveLength(1);
    const { x, kid, ...rest } = json.keys[0];
    expect(rest).toEqual({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' });
    expect([x, kid]).toEqual([expect.stringMatching(/^[\w-]{43}$/), expect.stringMatching(/^[\w-]{43}$/)]);
    expect(headers['cache-control']).toBe('public, max-age=300');
    const etag = String(headers['etag']);
    for (const known of [etag, `"other", W/${etag}`, '*']) {
      const again = await server.client.ask('GET', '/.well-known/jwks.json', { headers: { 'if-none-match': known } });
      expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', etag]);
    }
    const changed = await server.client.ask('GET', '/.well-known/jwks.json', { headers: { 'if-none-match': '"x"' } });
    expect(changed.status).toBe(200);
  });
});

describe('what was not made here, or not for this', () => {
  /** As a thief would make it: all claims of a good token, signed by another hand. */
  async function forged(sign: (claims: SignJWT, kid: string) => Promise<string>): Promise<string> {
    const { token } = await exchange(member);
    return sign(new SignJWT(decodeJwt(token)), String(decodeProtectedHeader(token).kid));
  }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('is refused: alg none, with and without a signature (ASVS 9.1.2)', async () => {
    const { token } = await exchange(member);
    const [, claims, signature] = token.split('.');
    const header = { alg: 'none', typ: 'at+jwt', kid: (await publishedKey()).kid };
    for (const end of ['', signature]) {
      const unsigned = `${part(header)}.${claims}.${end}`;
      await expect(verify(unsigned, { algorithms: undefined })).rejects.toThrow();
      expect(await introspect(unsigned)).toEqual({ active: false });
    }
  });

  it('is refused: HS256 with the public key for the secret (ASVS 9.1.2)', async () => {
    const jwk = await publishedKey();
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    for (const secret of [Buffer.from(jwk.x, 'base64url'), Buffer.from(jwk.x), Buffer.from(pem)]) {
      const token = await forged((claims, kid) =>
        claims.setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid }).sign(secret),
      );
      await expect(verify(token)).rejects.toThrow();
      expect(await introspect(token)).toEqual({ active: false });
    }
  });

  it('is refused: a foreign key, by its own name, by ours, or brought along in the header (ASVS 9.1.3)', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const jwk = publicKey.export({ format: 'jwk' });
    const headers = (kid: string) => [
      { kid },
      { kid: 'theirs' },
      {},
      { kid, jwk },
      { kid: 'theirs', jku: 'http://127.0.0.1:1' },
    ];
    for (const i of [0, 1, 2, 3, 4]) {
      const token = await forged((claims, kid) =>
        claims.setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...headers(kid)[i] } as never).sign(privateKey),
      );
      await expect(verify(token)).rejects.toThrow();
      expect(await introspect(token)).toEqual({ active: false });
    }
  });

  it('is refused: one claim changed', async () => {
    const { token } = await exchange(member);
    const [header, , signature] = token.split('.');
    const changed = `${header}.${part({ ...decodeJwt(token), roles: ['admin'] })}.${signature}`;
    await expect(verify(changed)).rejects.toThrow();
    expect(await introspect(changed)).toEqual({ active: false });
  });

  it('is refused: another audience (ASVS 9.2.3)', async () => {
    const { token } = await exchange(member, { audience: otherAudience.name });
    await expect(verify(token)).rejects.toThrow(/aud/);
    expect(await introspect(token)).toEqual({ active: false });
    expect((await verify(token, { audience: otherAudience.name })).payload.aud).toBe(otherAudience.name);
  });

  it('is refused: expired (ASVS 9.2.1)', async () => {
    const { token, expiresAt } = await exchange(member, { lifetimeSeconds: 1 });
    await new Promise((resolve) => setTimeout(resolve, Date.parse(expiresAt) - Date.now() + 20));
    await expect(verify(token)).rejects.toThrow(/exp/);
    expect(await introspect(token)).toEqual({ active: false });
  });

  it('is refused: our own key for another type of token (ASVS 9.2.2)', async () => {
    const { token } = await exchange(member);
    const assertion = await server.usher.signingKeys.sign(decodeJwt(token), 'auth-assertion+jwt');
    await expect(verify(assertion)).rejects.toThrow(/typ/);
    expect(await introspect(assertion)).toEqual({ active: false });
  });
});

describe('GET /admin/api/tokens', () => {
  it('tells staff what was issued to whom, newest first, and never a token', async () => {
    const account = await server.world.account();
    await server.world.join(institute.licenceId, account);
    const guest = await server.world.enter(account);
    const made = [];
    for (const once of [false, true, false]) made.unshift(await exchange(guest, { once }));
    const seen = [];
    let cursor = '';
    do {
      const path = `/admin/api/tokens?userId=${account.id}&audience=${encodeURIComponent(audience.name)}&limit=2${cursor}`;
      const page = await staff.must(200, 'GET', path);
      expect(page.total).toBe(3);
      seen.push(...page.items);
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(seen.map(({ jti }) => jti).sort()).toEqual(made.map(({ jti }) => jti).sort());
    const { jti, expiresAt } = made[1];
    expect(seen.find((item) => item.jti === jti)).toEqual({
      jti,
      userId: account.id,
      ref: guest.view.session.ref,
      audience: audience.name,
      once: true,
      issuedAt: expect.any(String),
      expiresAt,
      revokedAt: null,
      usedAt: null,
    });
    expect(JSON.stringify(seen)).not.toContain('eyJ');
    expect((await staff.must(200, 'GET', `/admin/api/tokens?userId=${account.id}&audience=x`)).items).toEqual([]);
    for (const bad of ['cursor=x', 'cursor=W10', 'userId=x', 'limit=0']) {
      expect([bad, (await staff.ask('GET', `/admin/api/tokens?${bad}`)).status]).toEqual([bad, 400]);
    }
  });
});

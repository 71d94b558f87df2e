import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/kernel/ids.js';
import { DomainLab } from '../support/domain-lab.js';

let lab: DomainLab;

beforeAll(async () => {
  lab = await DomainLab.open();
});

afterAll(() => lab.stop());

describe('the first staff account', () => {
  it('is made by a link that works once, and only while there is no staff (ASVS 6.3.2, 6.4.1)', async () => {
    await lab.user();
    const links = await Promise.all([lab.firstAdmin.prepare(null), lab.firstAdmin.prepare(null)]);
    const tokens = links.map((link) => (link.kind === 'link' ? link.token : ''));
    expect(tokens[0]).toMatch(/^[\w-]{43}$/);
    const stored = await lab.dataSource.query<{ hash: string }[]>('SELECT hash FROM issued_tokens');
    expect(stored.map((row) => row.hash)).not.toContain(tokens[0]);
    const body = { token: tokens[0], email: 'boss@example.org', password: 'a long password', name: 'Boss' };
    const wrong = await lab.ask('POST', '/auth/set-up', { ...body, token: 'A'.repeat(43) }, null);
    expect(wrong.json).toMatchObject({ status: 401, type: '/problems/invalid-code' });
    const answers = await Promise.all(
      tokens.map((token, i) =>
        lab.ask('POST', '/auth/set-up', { ...body, token, email: `boss${i}@example.org` }, null),
      ),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 401]);
    const made = answers.find((answer) => answer.status === 201)?.json;
    expect(made).toMatchObject({ roles: ['admin'], verified: true, name: 'Boss' });
    await lab.signIns.visit(made, { password: 'a long password' });
    expect(await lab.firstAdmin.prepare(null)).toEqual({ kind: 'staffed' });
    expect((await lab.audited(made.id))[0]).toMatchObject({ action: 'user.created', actorKind: 'anonymous' });
  });

  it('is made once from the settings, however many processes start', async () => {
    await lab.dataSource.query("DELETE FROM users WHERE roles && '{admin,staff}'");
    const credentials = { email: 'Admin@example.org', password: 'a long password' };
    const starts = await Promise.all([1, 2, 3].map(() => lab.firstAdmin.prepare(credentials)));
    expect(starts.map((start) => start.kind).sort()).toEqual(['created', 'staffed', 'staffed']);
    await lab.signIns.visit(credentials, { password: credentials.password });
  });

  it('keeps a link no longer than a day', async () => {
    await lab.dataSource.query("DELETE FROM users WHERE roles && '{admin,staff}'");
    const start = await lab.firstAdmin.prepare(null);
    await lab.dataSource.query("UPDATE issued_tokens SET expires_at = now() - interval '1 second'");
    const token = start.kind === 'link' ? start.token : '';
    const body = { token, email: 'late@example.org', password: 'a long password' };
    expect((await lab.ask('POST', '/auth/set-up', body, null)).status).toBe(401);
  });
});

describe('POST /auth/password/change', () => {
  const path = '/auth/password/change';
  const body = { currentPassword: 'right', newPassword: 'a better password' };

  it('ends every other session, keeps this one with a new secret, and the old password is wrong (ASVS 6.2.2, 7.4.3, 7.2.4)', async () => {
    const licence = await lab.licence();
    const anna = await lab.user([licence]);
    await lab.signIns.visit(anna);
    const here = await lab.web.visitor({ userId: anna.id, licenceId: licence });
    expect(await lab.seated(licence)).toBe(2);
    const answer = await lab.ask('POST', path, body, here);
    expect(answer.status).toBe(204);
    const [cookie] = [answer.headers['set-cookie'] ?? []].flat();
    expect(cookie).toMatch(/^sid=s%3A/);
    expect(cookie).not.toContain(encodeURIComponent(here.issued.signed));
    expect(await lab.seated(licence)).toBe(1);
    const again = { ...here, headers: { ...here.headers, cookie: cookie?.split(';')[0] ?? '' } };
    expect((await lab.ask('GET', '/auth/session', undefined, again)).json.session.ref).toBe(
      `${here.issued.tag}.${here.issued.handle}`,
    );
    expect((await lab.ask('POST', path, { ...body, currentPassword: 'right' }, again)).status).toBe(401);
    await expect(lab.signIns.visit(anna)).rejects.toThrow('invalid-credentials');
    await lab.signIns.visit(anna, { password: body.newPassword });
  });

  it('gives a bearer its new token', async () => {
    const licence = await lab.licence();
    const anna = await lab.user([licence]);
    const here = await lab.web.visitor({ userId: anna.id, licenceId: licence, delivery: 'bearer' });
    const answer = await lab.ask('POST', path, body, here);
    expect(answer.status).toBe(200);
    const headers = {
      'user-agent': here.headers['user-agent'] ?? '',
      authorization: `Bearer ${answer.json.sessionToken}`,
    };
    expect((await lab.ask('GET', '/auth/session', undefined, { ...here, headers })).status).toBe(200);
  });

  it('changes nothing when the present password is wrong or the new one is no good (ASVS 6.2.3)', async () => {
    const licence = await lab.licence();
    const anna = await lab.user([licence]);
    const here = await lab.web.visitor({ userId: anna.id, licenceId: licence });
    expect((await lab.ask('POST', path, { ...body, currentPassword: 'wrong' }, here)).status).toBe(401);
    expect((await lab.ask('POST', path, { ...body, newPassword: 'short' }, here)).status).toBe(400);
    expect((await lab.ask('POST', path, { ...body, userId: newId() }, here)).status).toBe(400);
    expect((await lab.ask('POST', path, body, null)).status).toBe(401);
    await lab.signIns.visit(anna);
  });

  it('lets no sign-in in that has compared the old password', async () => {
    const licence = await lab.licence();
    const anna = await lab.user([licence]);
    const here = await lab.web.visitor({ userId: anna.id, licenceId: licence });
    lab.signIns.meanwhile = async () => {
      lab.signIns.meanwhile = null;
      await lab.ask('POST', path, body, here);
    };
    await expect(lab.signIns.visit(anna)).rejects.toThrow('invalid-credentials');
    expect(await lab.seated(licence)).toBe(1);
  });

  it('answers 202 pending while Redis is away; the other sessions end when it is back', async () => {
    const licence = await lab.licence();
    const anna = await lab.user([licence]);
    await lab.signIns.visit(anna);
    const here = await lab.web.visitor({ userId: anna.id, licenceId: licence });
    lab.away = true;
    expect(await lab.ask('POST', path, body, here)).toMatchObject({ status: 202, json: { pending: true } });
    lab.away = false;
    expect(await lab.outbox.flush([`user:${anna.id}`])).toBe('applied');
    expect(await lab.seated(licence)).toBe(1);
  });
});

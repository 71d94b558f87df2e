import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chrome } from '../support/institute.js';
import { until } from '../support/pace.js';
import { RememberedLab, resume } from '../support/remembered-lab.js';
import { WholeServer } from '../support/whole-server.js';
import type { Account } from '../support/world.js';

let lab: RememberedLab;

beforeAll(async () => {
  lab = await RememberedLab.open({ TRUST_PROXY: '127.0.0.1', ALLOW_INSECURE: 'true' });
}, 60_000);

afterAll(() => lab?.close());

const subject = 'A new browser signed in to your account';

/** The letters about new browsers to somebody, once there are so many; a moment later there must be no more. */
async function told({ email }: Account, count: number): Promise<string[]> {
  const letters = async () => (await lab.server.letters.to(email)).filter((text) => text.includes(subject));
  await until(`${count} letters`, 8_000, async () => (await letters()).length >= count);
  await new Promise((resolve) => setTimeout(resolve, 400));
  const found = await letters();
  expect(found).toHaveLength(count);
  return found;
}

const enter = (account: Account, browser?: Browser) => lab.enter(account, { remember: false }, browser);

describe('a person who signs in', () => {
  it('for the first time is told of nothing, nor again from the same browser (ASVS 6.3.5)', async () => {
    const { member } = await lab.server.world.institute();
    const browser = await enter(member);
    await enter(member, browser);
    await browser.signOut();
    await enter(member, browser);
    await told(member, 0);
  });

  it('from another browser is told which one, from where, when, and what to do if it was somebody else', async () => {
    const { member } = await lab.server.world.institute();
    await enter(member);
    const elsewhere = lab.browser(chrome);
    elsewhere.address = '203.0.113.7';
    await enter(member, elsewhere);
    const [letter = ''] = await told(member, 1);
    expect(letter).toContain('Chrome 138 on Windows');
    expect(letter).toContain('address 203.0.113.7');
    expect(letter).toMatch(/on \d+ \w+ \d{4} at \d\d:\d\d UTC/);
    const [token] = await lab.server.letters.links(member.email, 'http://127.0.0.1:3000/auth/not-me');
    expect(token).toBeDefined();
    await enter(member, elsewhere);
    await told(member, 1);
  });

  it('with a link in the letter ends every session, also the intruder’s, and what browsers are remembered by', async () => {
    const { member, licenceId } = await lab.server.world.institute();
    await enter(member);
    const intruder = await lab.enter(member, {}, lab.browser(chrome));
    const [token] = await lab.server.letters.links(member.email, '/auth/not-me');
    const answer = await lab.browser().ask('POST', '/auth/not-me', { token });
    expect(answer.status).toBeLessThan(300);
    expect((await intruder.session()).status).toBe(401);
    expect((await resume(intruder)).status).toBe(401);
    expect(await lab.remembered(member.id)).toBe(0);
    await until('free seats', 3_000, async () => (await lab.used(licenceId)) === 0);
  });

  it('by a program from elsewhere is told as well, and from the same place only once', async () => {
    const { member } = await lab.server.world.institute();
    await enter(member);
    const program = (address: string) => {
      const one = lab.browser('backup/1.0');
      one.address = address;
      return lab.enter(member, { remember: false, delivery: 'bearer' }, one);
    };
    await program('203.0.113.8');
    await told(member, 1);
    await program('203.0.113.8');
    await told(member, 1);
    await program('203.0.113.9');
    await told(member, 2);
  });

  it('in very many new browsers is not flooded: three letters within ten minutes', async () => {
    const { member } = await lab.server.world.institute({ seats: 20 });
    await enter(member);
    await Promise.all(Array.from({ length: 12 }, () => enter(member)));
    await told(member, 3);
  });

  it('after a change of the password is told of a browser that was known before, if it comes from elsewhere', async () => {
    const { member } = await lab.server.world.institute();
    const [browser, other] = [await enter(member), await enter(member)];
    await told(member, 1);
    const password = 'another horse battery staple';
    const change = { currentPassword: member.login.password, newPassword: password };
    expect((await browser.ask('POST', '/auth/password/change', change)).status).toBe(204);
    await browser.enter({ email: member.email, password });
    await told(member, 1);
    other.address = '203.0.113.10';
    await other.enter({ email: member.email, password });
    await told(member, 2);
  });

  it('and whose password is wrong, or who comes back remembered, is told of nothing', async () => {
    const { member, licenceId } = await lab.server.world.institute();
    const browser = await lab.enter(member);
    await lab.browser(chrome).signIn({ email: member.email, password: 'wrong' });
    await lab.idle(licenceId);
    browser.cookies.delete('device');
    expect((await resume(browser)).status).toBe(200);
    await told(member, 0);
  });

  it('is let in where this server sends no mail', async () => {
    const silent = await WholeServer.start({ MAIL_DIR: '' });
    try {
      const { member } = await silent.world.institute();
      await silent.world.enter(member);
      await silent.world.enter(member);
      expect(await silent.letters.to(member.email)).toEqual([]);
    } finally {
      await silent.stop();
    }
  }, 30_000);
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PageLab } from '../support/page-lab.js';

let lab: PageLab;

beforeAll(async () => {
  lab = await PageLab.open();
}, 1_200_000);

afterAll(() => lab?.close());

describe('the page of a forgotten password in Chromium', () => {
  it('sends a link, and says the same of an address nobody has', async () => {
    const { email } = await lab.world.account();
    const view = await lab.page();
    await view.open('/forgot');
    await view.heading('Forgotten your password?').waitFor();
    await view.looksRight('forgot');
    await view.button('Send the link').click();
    await view.sees('Please fill this in.');
    await view.hasFocus(view.field('E-mail address'));
    await view.looksRight('forgot-fault');
    await view.field('E-mail address').fill('nobody-at-all');
    await view.button('Send the link').click();
    await view.sees(/does not look like an e-mail address/);
    for (const address of ['nobody@example.org', email]) {
      await view.field('E-mail address').fill(address);
      await view.button('Send the link').click();
      await view.heading('Look into your mail').waitFor();
      await view.sees(`If ${address} has an account here`);
      if (address !== email) await view.button('Give another address').click();
    }
    await view.looksRight('forgot-sent');
    expect(await lab.server.letters.to('nobody@example.org')).toEqual([]);
    await view.close();
  }, 60_000);
});

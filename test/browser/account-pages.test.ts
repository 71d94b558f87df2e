import { afterAll, beforeAll, describe, it } from '@jest/globals';

import { PageLab } from '../support/page-lab.js';
import type { Account } from '../support/world.js';

let lab: PageLab;
let licenceId: string;

beforeAll(async () => {
  lab = await PageLab.open();
  ({ id: licenceId } = await lab.world.licence({ seats: 50 }));
}, 1_200_000);

afterAll(() => lab?.close());

async function member(): Promise<Account> {
  const account = await lab.world.account();
  await lab.world.join(licenceId, account);
  return account;
}

describe('the page of the own account', () => {
  it('shows and changes name and user name, and says when a name is taken', async () => {
    const view = await lab.page({ signedInAs: await member() });
    await view.open('/account');
    await view.field(/^Name/).fill('Anna Schmidt');
    await view.field(/^User name/).fill('anna.schmidt');
    await view.button('Save').click();
    await view.sees('Saved.');
    await view.looksRight('profile');
    await view.open('/account/security');
    await view.sees('Second factors');
    await view.looksRight('security');
    await view.open('/account/devices');
    await view.sees('This device');
    await view.looksRight('devices');
    await view.close();
  });
});

import { useState } from 'preact/hooks';
import type { OwnAccount } from '../../../../client/api.js';
import { Button } from '../../kit/button.js';
import { Asking } from '../../kit/dialog.js';
import { Tick } from '../../kit/field.js';
import type { Given } from '../../kit/form.js';
import { useLoaded, WhenLoaded } from '../../kit/loaded.js';
import { NewPassword } from '../../kit/new-password.js';
import { securityTexts } from '../../texts/security.js';
import { usher } from '../../usher.js';
import { Done } from './done.js';
import { askFactors, Factors } from './factors.js';
import { type PartProps, useDone } from './part.js';
import { PresentPassword } from './present-password.js';
import { askAccount } from './profile.js';
import { RecoveryCodes } from './recovery-codes.js';

/** The password, the second factors and the recovery codes. */
export function Security({ session }: PartProps) {
  const loaded = useLoaded(() => Promise.all([askAccount(), askFactors()]));
  const { email } = session.user;
  return (
    <WhenLoaded loaded={loaded} lines={4}>
      {([account, held]) => (
        <>
          <Password account={account} hasFactor={held.items.length > 0} />
          <Factors held={held} email={email} reload={loaded.reload} />
          <RecoveryCodes held={held} email={email} reload={loaded.reload} />
        </>
      )}
    </WhenLoaded>
  );
}

function Password({ account, hasFactor }: { account: OwnAccount; hasFactor: boolean }) {
  const t = securityTexts();
  const [changing, setChanging] = useState(false);
  const [done, say] = useDone();
  const change = async ({ currentPassword = '', newPassword = '', endOthers }: Given) => {
    const body = { currentPassword, newPassword, endOthers: endOthers === 'on' };
    say(t.passwordChanged, await usher.call('POST /auth/password/change', { body }));
    setChanging(false);
  };
  return (
    <section>
      <h2>{t.password}</h2>
      <p class="fine">{account.hasPassword ? t.passwordHint : t.noPassword}</p>
      {account.hasPassword && <Button onClick={() => setChanging(true)}>{t.changePassword}</Button>}
      <Done words={done} />
      {changing && (
        <Asking title={t.changePassword} button={t.changePassword} act={change} close={() => setChanging(false)}>
          <PresentPassword name="currentPassword" />
          <NewPassword
            name="newPassword"
            label={t.newPassword}
            least={hasFactor ? 8 : 15}
            about={[account.email, account.name, account.username]}
          />
          <Tick name="endOthers" label={t.endOthers} hint={t.endOthersHint} defaultChecked />
        </Asking>
      )}
    </section>
  );
}

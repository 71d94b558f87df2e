import { useState } from 'preact/hooks';
import type { OwnAccount } from '../../../../client/api.js';
import { Button } from '../../kit/button.js';
import { Asking } from '../../kit/dialog.js';
import { Field } from '../../kit/field.js';
import { Form, type Given } from '../../kit/form.js';
import { useLoaded, WhenLoaded } from '../../kit/loaded.js';
import { Notice } from '../../kit/notice.js';
import { useStep } from '../../kit/step.js';
import { confirmed } from '../../kit/step-up.js';
import { TroubleNotice } from '../../kit/trouble.js';
import { moment } from '../../language.js';
import { accountTexts } from '../../texts/account.js';
import { usher } from '../../usher.js';
import { Done } from './done.js';
import { type PartProps, useDone } from './part.js';
import { PresentPassword } from './present-password.js';

/** Asks for the own account. */
export const askAccount = () => usher.call('GET /auth/account', {});

/** Name, user name and address; and the way out. */
export function Profile({ leave }: PartProps) {
  const loaded = useLoaded(askAccount);
  return (
    <WhenLoaded loaded={loaded} lines={4}>
      {(account) => (
        <>
          <Names account={account} reload={loaded.reload} />
          <Address account={account} />
          <Leaving account={account} leave={leave} />
        </>
      )}
    </WhenLoaded>
  );
}

function Names({ account, reload }: { account: OwnAccount; reload: () => Promise<void> }) {
  const t = accountTexts();
  const [done, say] = useDone();
  const save = (given: Given) => {
    const [name, username] = [given['name'] ?? null, given['username'] ?? null];
    // Only what was changed here: somebody may have changed the other one elsewhere.
    const body = {
      ...(name !== account.name && { name }),
      ...(username !== account.username && { username }),
    };
    return confirmed(async () => {
      say(t.saved, await usher.call('PATCH /auth/account', { body }));
      await reload();
    });
  };
  return (
    <section>
      <Form button={t.save} send={save}>
        <Field
          name="name"
          label={t.name}
          hint={t.nameHint}
          defaultValue={account.name ?? ''}
          maxLength={200}
          autoComplete="name"
        />
        <Field
          name="username"
          label={t.username}
          hint={t.usernameHint}
          defaultValue={account.username ?? ''}
          maxLength={64}
          autoComplete="username"
          autoCapitalize="none"
          spellcheck={false}
        />
      </Form>
      <Done words={done} />
    </section>
  );
}

function Address({ account }: { account: OwnAccount }) {
  const t = accountTexts();
  const [changing, setChanging] = useState(false);
  // The server makes the links in a moment of its own, and tells of them from then on.
  const [pending, setPending] = useState(account.pendingEmail);
  const [done, say] = useDone();
  const again = useStep();
  const resend = () =>
    again.run(async () => {
      await usher.call('POST /auth/verify-email/resend', { body: { email: account.email } });
      say(t.sentAgain);
    });
  const change = ({ email = '', password }: Given) =>
    confirmed(async () => {
      const body = { email, ...(password !== undefined && { password }) };
      await usher.call('POST /auth/account/email', { body });
      setChanging(false);
      setPending(email);
    });
  return (
    <section>
      <h2>{t.address}</h2>
      <p class="value">
        <span>{account.email}</span>{' '}
        <span class={account.verified ? 'badge good' : 'badge warning'}>
          {account.verified ? t.confirmed : t.notConfirmed}
        </span>
      </p>
      {pending !== null && <Notice kind="info">{t.waitsFor(pending)}</Notice>}
      <div class="actions">
        <Button onClick={() => setChanging(true)}>{t.changeAddress}</Button>
        {!account.verified && (
          <Button busy={again.busy} onClick={resend}>
            {t.sendAgain}
          </Button>
        )}
      </div>
      <TroubleNotice step={again} />
      <Done words={done} />
      {changing && (
        <Asking
          title={t.changeAddress}
          lead={t.addressLead}
          button={t.sendLinks}
          act={change}
          close={() => setChanging(false)}
        >
          <Field name="email" type="email" label={t.newAddress} required maxLength={254} autoComplete="email" />
          {account.hasPassword && <PresentPassword />}
        </Asking>
      )}
    </section>
  );
}

function Leaving({ account, leave }: { account: OwnAccount; leave: PartProps['leave'] }) {
  const t = accountTexts();
  const [asked, setAsked] = useState(false);
  const go = ({ password }: Given) =>
    confirmed(async () => {
      await usher.call('DELETE /auth/account', { body: password === undefined ? {} : { password } });
      leave({ title: t.leftTitle, words: t.left });
    });
  return (
    <section>
      <h2>{t.leave}</h2>
      <p class="fine">
        {t.leaveHint} {t.since(moment(account.createdOn))}
      </p>
      <Button kind="danger" onClick={() => setAsked(true)}>
        {t.leave}
      </Button>
      {asked && (
        <Asking
          title={t.leaveTitle}
          lead={t.leaveLead}
          button={t.leaveUnderstood}
          danger
          act={go}
          close={() => setAsked(false)}
        >
          {account.hasPassword && <PresentPassword />}
        </Asking>
      )}
    </section>
  );
}

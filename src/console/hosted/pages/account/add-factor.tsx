import { useState } from 'preact/hooks';
import { Button } from '../../kit/button.js';
import { Asking, Dialog } from '../../kit/dialog.js';
import { Field } from '../../kit/field.js';
import { Form } from '../../kit/form.js';
import { OneTimeCode } from '../../kit/one-time-code.js';
import { useStep } from '../../kit/step.js';
import { confirmed } from '../../kit/step-up.js';
import { TroubleNotice } from '../../kit/trouble.js';
import { kitTexts } from '../../texts/kit.js';
import { securityTexts } from '../../texts/security.js';
import { usher } from '../../usher.js';
import type { Held } from './factors.js';
import type { Say } from './part.js';

interface Begun {
  readonly id: string;
  readonly secret: string;
  readonly qr: string;
}

interface AddingProps {
  readonly added: (name: string, answer?: unknown) => Promise<void>;
  readonly close: () => void;
}

/** Adds a second factor: a passkey, an app, or codes by mail. */
export function AddFactor(props: { offers: Held['offers']; email: string; reload: () => Promise<void>; say: Say }) {
  const t = securityTexts();
  const { offers, email, reload, say } = props;
  const [adding, setAdding] = useState<'passkey' | 'email' | Begun | null>(null);
  const totp = useStep();
  const close = () => setAdding(null);
  const added = async (name: string, answer?: unknown) => {
    close();
    await reload();
    say(t.factorAdded(name), answer);
  };
  const beginTotp = () =>
    totp.run(() =>
      confirmed(async () => setAdding(await usher.call('POST /auth/factors/totp', { body: { name: t.totp } }))),
    );
  const knowsPasskeys = 'PublicKeyCredential' in globalThis;
  return (
    <>
      <div class="actions">
        {offers.includes('passkey') && knowsPasskeys && (
          <Button onClick={() => setAdding('passkey')}>{t.addPasskey}</Button>
        )}
        {offers.includes('totp') && (
          <Button busy={totp.busy} onClick={beginTotp}>
            {t.addTotp}
          </Button>
        )}
        {offers.includes('email') && <Button onClick={() => setAdding('email')}>{t.addEmail}</Button>}
      </div>
      <TroubleNotice step={totp} />
      {adding === 'passkey' && <AddPasskey added={added} close={close} />}
      {adding === 'email' && <AddEmail email={email} added={added} close={close} />}
      {typeof adding === 'object' && adding !== null && <AddTotp begun={adding} added={added} close={close} />}
    </>
  );
}

function AddPasskey({ added, close }: AddingProps) {
  const t = securityTexts();
  const create = (name: string) => confirmed(async () => added(name, await usher.enrolPasskey(name)));
  return (
    <Asking
      title={t.addPasskey}
      lead={t.passkeyLead}
      button={t.createPasskey}
      act={({ name = t.passkey }) => create(name)}
      close={close}
    >
      <Field
        name="name"
        label={t.nameIt}
        hint={t.nameHint}
        defaultValue={t.myDevice}
        required
        maxLength={60}
        autoComplete="off"
      />
    </Asking>
  );
}

function AddEmail({ email, added, close }: AddingProps & { email: string }) {
  const t = securityTexts();
  const turnOn = () => confirmed(async () => added(t.email, await usher.call('POST /auth/factors/email', {})));
  return <Asking title={t.addEmail} lead={t.emailLead(email)} button={t.turnOn} act={turnOn} close={close} />;
}

function AddTotp({ begun, added, close }: AddingProps & { begun: Begun }) {
  const t = securityTexts();
  const { cancel } = kitTexts();
  const turnOn = (code: string) =>
    confirmed(async () => {
      const given = { params: { id: begun.id }, body: { code } };
      await added(t.totp, await usher.call('POST /auth/factors/totp/{id}/confirm', given));
    });
  return (
    <Dialog title={t.addTotp} close={close}>
      <p>{t.totpLead}</p>
      <img class="qr" src={begun.qr} alt={t.qr} width="220" height="220" />
      <p class="fine">{t.byHand}</p>
      <p class="key">
        <code>{begun.secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
      </p>
      <Form
        button={t.confirmTotp}
        send={({ code = '' }) => turnOn(code.replace(/\s/g, ''))}
        beside={<Button onClick={close}>{cancel}</Button>}
      >
        <OneTimeCode label={t.code} />
      </Form>
    </Dialog>
  );
}

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { house } from '../../house.js';
import { Button } from '../../kit/button.js';
import { Field, Tick } from '../../kit/field.js';
import { Form } from '../../kit/form.js';
import { Frame } from '../../kit/frame.js';
import { TroubleNotice } from '../../kit/trouble.js';
import { onwards } from '../../return-to.js';
import { signInTexts } from '../../texts/sign-in.js';
import { comeBack, knowsPasskeys, offeredPasskey, type ShownPasskey, withPasskey, withPassword } from './door.js';
import type { Stage, Way } from './way.js';
import { WhyNotice } from './why.js';

/** After so long what the browser was given to offer is made anew, in ms: it is good for five minutes. */
const offerMs = 240_000;

/** Name and password, or a passkey; and why it is asked for. */
export function Begin({ way, stage }: { way: Way; stage: Extract<Stage, { kind: 'begin' }> }) {
  const t = signInTexts();
  const { step, go } = way;
  const [stays, setStays] = useState(false);
  const wish = stays ? { remember: true } : {};
  const inField = usePasskeyInField((shown) => step.run(() => go((more) => withPasskey({ ...wish, ...more }, shown))));
  const byPasskey = () =>
    step.run(async () => {
      inField.takeBack();
      try {
        await go((more) => withPasskey({ ...wish, ...more }));
      } catch (error) {
        inField.offer();
        throw error;
      }
    });
  return (
    <Frame title={t.title}>
      {stage.why && <WhyNotice why={stage.why} />}
      <TroubleNotice step={step} said={{ 'invalid-credentials': t.passkeyRefused }} />
      {stage.mayComeBack && <ComeBack way={way} />}
      <Form
        button={t.button}
        empties="password"
        send={async ({ identifier = '', password = '' }) => {
          step.clear();
          await go((more) => withPassword({ identifier, password, ...wish, ...more }));
        }}
      >
        <Credentials focus={!stage.mayComeBack} />
        <Tick
          name="remember"
          label={t.remember}
          hint={t.rememberHint}
          onChange={(event) => setStays(event.currentTarget.checked)}
        />
      </Form>
      {knowsPasskeys && (
        <>
          <p class="or">{t.or}</p>
          <div class="stack">
            <Button busy={step.busy} onClick={byPasskey}>
              {t.withPasskey}
            </Button>
          </div>
        </>
      )}
      <Help />
    </Frame>
  );
}

function ComeBack({ way: { step, go } }: { way: Way }) {
  const t = signInTexts();
  const back = () => step.run(() => go((more) => comeBack({ whenFull: {}, ...more })));
  return (
    <>
      <div class="stack">
        <Button kind="main" busy={step.busy} onClick={back}>
          {t.comeBack}
        </Button>
      </div>
      <p class="or">{t.or}</p>
    </>
  );
}

function Credentials({ focus }: { focus: boolean }) {
  const t = signInTexts();
  return (
    <>
      <Field
        name="identifier"
        label={t.identifier}
        focus={focus}
        required
        maxLength={254}
        autoComplete="username webauthn"
        autoCapitalize="none"
        spellcheck={false}
      />
      <Field
        name="password"
        type="password"
        label={t.password}
        required
        maxLength={1024}
        autoComplete="current-password"
      />
    </>
  );
}

/** What this house offers whoever cannot sign in; nothing where it offers nothing. */
function Help() {
  const t = signInTexts();
  if (!house.mails && !house.registers) return null;
  return (
    <p class="links">
      {house.mails && <a href={onwards('/forgot')}>{t.forgot}</a>}
      {house.registers && <a href={onwards('/register')}>{t.register}</a>}
    </p>
  );
}

interface InField {
  readonly offer: () => void;
  readonly takeBack: () => void;
}

/** Lets the browser offer passkeys in the field of the name, where it can, until that is taken back. */
function usePasskeyInField(chosen: (shown: ShownPasskey) => void): InField {
  const latest = useRef(chosen);
  latest.current = chosen;
  const offer = useRef<AbortController | null>(null);
  const takeBack = useCallback(() => {
    offer.current?.abort();
    offer.current = null;
  }, []);
  const make = useCallback(() => {
    takeBack();
    const made = new AbortController();
    offer.current = made;
    // It is only an offer: whoever cannot have it has the button.
    offeredPasskey(made.signal).then(
      (shown) => shown !== null && latest.current(shown),
      () => {},
    );
  }, [takeBack]);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && offer.current && make(), offerMs);
    make();
    return () => {
      clearInterval(timer);
      takeBack();
    };
  }, [make, takeBack]);
  return { offer: make, takeBack };
}

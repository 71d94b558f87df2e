import { useEffect, useState } from 'preact/hooks';
import type { Method } from '../../../../client/state.js';
import { Button } from '../../kit/button.js';
import { Form } from '../../kit/form.js';
import { Frame } from '../../kit/frame.js';
import { Notice } from '../../kit/notice.js';
import { OneTimeCode } from '../../kit/one-time-code.js';
import { useStep } from '../../kit/step.js';
import { TroubleNotice } from '../../kit/trouble.js';
import { signInTexts } from '../../texts/sign-in.js';
import { knowsPasskeys, sendCode, withFactor } from './door.js';
import type { Stage, Way } from './way.js';

type Factor = Extract<Stage, { kind: 'factor' }>;

/** The second factor: one of the ways this account has. */
export function SecondFactor({ way, stage }: { way: Way; stage: Factor }) {
  const t = signInTexts();
  const { challenge, leftMs } = stage;
  const methods = stage.methods.filter((each) => each !== 'passkey' || knowsPasskeys);
  const [method, setMethod] = useState<Method | undefined>(methods[0]);
  const { begin } = way;
  // biome-ignore lint/correctness/useExhaustiveDependencies: of each challenge once.
  useEffect(() => {
    const timer = setTimeout(() => begin({ kind: 'too-long' }), Math.max(0, leftMs));
    return () => clearTimeout(timer);
  }, [challenge]);
  return (
    <Frame title={t.factorTitle} lead={method && t.factorLead}>
      {method === undefined && <Notice kind="warning">{t.onlyPasskey}</Notice>}
      {methods.length > 1 && (
        <fieldset>
          <legend>{t.methods}</legend>
          <div class="choices">
            {methods.map((each) => (
              <label key={each} class="choice">
                <input type="radio" name="method" checked={each === method} onChange={() => setMethod(each)} />
                <span>{t[each]}</span>
              </label>
            ))}
          </div>
        </fieldset>
      )}
      {method === 'email' && <MailedCode challenge={challenge} methods={stage.methods} />}
      {method && (
        <Form
          key={method}
          button={method === 'passkey' ? t.usePasskey : t.goOn}
          empties="code"
          send={({ code = null }) => way.go((more) => withFactor(challenge, method, code, more))}
        >
          {method !== 'passkey' && (
            <OneTimeCode
              label={method === 'recovery' ? t.recoveryCode : t.code}
              letters={method === 'recovery'}
              {...hintOf(method)}
              focus={methods.length === 1}
            />
          )}
        </Form>
      )}
      <p class="links">
        <button type="button" class="link" onClick={() => begin()}>
          {t.beginAgain}
        </button>
      </p>
    </Frame>
  );
}

function hintOf(method: Method): { hint?: string } {
  const t = signInTexts();
  if (method === 'totp') return { hint: t.totpHint };
  return method === 'recovery' ? { hint: t.recoveryHint } : {};
}

/** Where it is the only factor a code has been sent already. */
function MailedCode({ challenge, methods }: Pick<Factor, 'challenge' | 'methods'>) {
  const t = signInTexts();
  const step = useStep();
  const [sentTo, setSentTo] = useState<string | null>(null);
  const sentBefore = methods.every((each) => each === 'email' || each === 'recovery');
  const isSent = sentBefore || sentTo !== null;
  return (
    <div class="stack">
      <p role="status">{sentTo !== null ? t.sentTo(sentTo) : sentBefore && t.sentBefore}</p>
      <TroubleNotice step={step} />
      <Button busy={step.busy} onClick={() => step.run(async () => setSentTo(await sendCode(challenge)))}>
        {isSent ? t.sendAgain : t.sendCode}
      </Button>
    </div>
  );
}

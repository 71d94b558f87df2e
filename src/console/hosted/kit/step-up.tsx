import { useEffect, useState } from 'preact/hooks';
import { passkey } from '../../../client/browser.js';
import { UsherProblem } from '../../../client/problem.js';
import type { Method } from '../../../client/state.js';
import { kitTexts } from '../texts/kit.js';
import { stepUpTexts } from '../texts/step-up.js';
import { usher } from '../usher.js';
import { Button } from './button.js';
import { Dialog } from './dialog.js';
import { Field } from './field.js';
import { Form } from './form.js';
import { OneTimeCode } from './one-time-code.js';
import { useStep } from './step.js';
import { TroubleNotice } from './trouble.js';

interface Asked {
  readonly methods: readonly string[];
  readonly answer: (confirmed: boolean) => void;
}

interface Challenge {
  readonly challenge: string;
  readonly methods: readonly Method[];
}

let asking: ((asked: Asked) => void) | null = null;

/**
 * Does it. When the server wants to know first that it is still the same person, they are asked, and it is done then; not when
 * they would rather not say.
 */
export async function confirmed(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UsherProblem) || error.slug !== 'step-up-required' || asking === null) throw error;
    const ask = asking;
    const methods = (error.body['methods'] ?? []) as string[];
    if (await new Promise<boolean>((answer) => ask({ methods, answer }))) await work();
  }
}

/** Where people are asked: once on a page that uses `confirmed`. */
export function StepUp() {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  useEffect(() => {
    asking = setAsked;
    return () => {
      asking = null;
    };
  }, []);
  if (asked === null) return null;
  const answer = (isConfirmed: boolean) => {
    setAsked(null);
    setChallenge(null);
    asked.answer(isConfirmed);
  };
  if (challenge !== null) {
    return <Factor key={challenge.challenge} challenge={challenge} answer={answer} />;
  }
  return <FirstStep methods={asked.methods} answer={answer} challenged={setChallenge} />;
}

function FirstStep(props: {
  methods: readonly string[];
  answer: (isConfirmed: boolean) => void;
  challenged: (challenge: Challenge) => void;
}) {
  const t = stepUpTexts();
  const { cancel } = kitTexts();
  const key = useStep();
  const giveUp = () => props.answer(false);
  const withKey = () =>
    key.run(async () => {
      const { token, options } = await usher.call('POST /auth/login/passkey/options', { body: {} });
      const response = (await passkey('get', options)) as never;
      await usher.call('POST /auth/step-up', { body: { token, response } });
      props.answer(true);
    });
  const withPassword = async (password: string) => {
    try {
      await usher.call('POST /auth/step-up', { body: { password } });
    } catch (error) {
      if (!(error instanceof UsherProblem) || error.slug !== 'second-factor-required') throw error;
      props.challenged(error.body as unknown as Challenge);
      return;
    }
    props.answer(true);
  };
  const takesKeys = props.methods.includes('passkey') && 'PublicKeyCredential' in globalThis;
  return (
    <Dialog title={t.title} close={giveUp}>
      <p>{t.lead}</p>
      <TroubleNotice step={key} />
      {takesKeys && (
        <div class="stack">
          <Button kind={props.methods.includes('password') ? 'quiet' : 'main'} busy={key.busy} onClick={withKey}>
            {t.usePasskey}
          </Button>
        </div>
      )}
      {props.methods.includes('password') ? (
        <Form
          button={t.confirm}
          send={({ password = '' }) => withPassword(password)}
          beside={<Button onClick={giveUp}>{cancel}</Button>}
        >
          <Field name="password" type="password" label={t.password} required autoComplete="current-password" />
        </Form>
      ) : (
        <Button onClick={giveUp}>{cancel}</Button>
      )}
    </Dialog>
  );
}

function Factor({
  challenge: { challenge, methods },
  answer,
}: {
  challenge: Challenge;
  answer: (isConfirmed: boolean) => void;
}) {
  const t = stepUpTexts();
  const { cancel } = kitTexts();
  const start = useStep();
  const [method, setMethod] = useState<Method>(methods[0] ?? 'totp');
  const giveUp = () => answer(false);
  const begin = () => usher.call('POST /auth/login/second-factor/begin', { body: { challenge, method } });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a code is sent once for each time the way is chosen.
  useEffect(() => {
    start.clear();
    if (method === 'email') void start.run(async () => void (await begin()));
  }, [method]);
  const show = async (code: string) => {
    if (method === 'passkey') {
      const begun = await begin();
      const response = (await passkey('get', begun['options'] as object)) as never;
      await usher.call('POST /auth/step-up', { body: { challenge, method, response } });
    } else await usher.call('POST /auth/step-up', { body: { challenge, method, code } });
    answer(true);
  };
  const names = { totp: t.byTotp, email: t.byEmail, recovery: t.byRecovery, passkey: t.byPasskey };
  const others = methods.filter((each) => each !== method);
  return (
    <Dialog title={t.factorTitle} close={giveUp}>
      <p>{t[method]}</p>
      <TroubleNotice step={start} />
      <Form
        key={method}
        button={t.confirm}
        send={({ code = '' }) => show(code)}
        beside={<Button onClick={giveUp}>{cancel}</Button>}
      >
        {method !== 'passkey' && <OneTimeCode label={t.code} letters={method === 'recovery'} />}
      </Form>
      {others.length > 0 && (
        <p class="ways">
          {t.otherWays}{' '}
          {others.map((each) => (
            <button key={each} type="button" class="link" onClick={() => setMethod(each)}>
              {names[each]}
            </button>
          ))}
        </p>
      )}
    </Dialog>
  );
}

import { useState } from 'preact/hooks';
import type { Method, Outcome } from 'usher/client';
import type { Enter } from './sign-in.js';
import { useFirstFocus, usher } from './usher.js';

const asked: Readonly<Record<Method, string>> = {
  totp: 'The six digits of your app',
  email: 'The code we have sent you',
  recovery: 'One of your recovery codes',
  passkey: 'Your passkey',
};
const offered: Readonly<Record<Method, string>> = {
  totp: 'Use an app',
  email: 'Have a code sent',
  recovery: 'Use a recovery code',
  passkey: 'Use a passkey',
};

/** The second factor: a code, or a passkey. */
export function SecondFactor({
  outcome,
  answer,
  enter,
  busy,
  back,
}: {
  outcome: Extract<Outcome, { kind: 'second-factor' }>;
  enter: Enter;
  answer: (method: Method, code?: string) => void;
  busy: boolean;
  back: () => void;
}) {
  const { challenge, methods } = outcome;
  const [method, choose] = useState<Method>(methods[0] ?? 'recovery');
  const [code, type] = useState('');
  const first = useFirstFocus<HTMLInputElement>();
  const take = (chosen: Method) => {
    choose(chosen);
    type('');
    first.current?.focus();
    if (chosen === 'email') {
      void enter(async () => {
        await usher.call('POST /auth/login/second-factor/begin', { body: { challenge, method: chosen } });
        return outcome;
      });
    }
    if (chosen === 'passkey') answer(chosen);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        answer(method, code.trim());
      }}
    >
      <h2>One more step</h2>
      {method !== 'passkey' && (
        <label>
          {asked[method]}
          <input
            ref={first}
            name="code"
            required
            autocomplete="one-time-code"
            inputMode={method === 'recovery' ? 'text' : 'numeric'}
            value={code}
            onInput={({ currentTarget }) => type(currentTarget.value)}
          />
        </label>
      )}
      {method !== 'passkey' && (
        <button type="submit" class="main" disabled={busy}>
          Go on
        </button>
      )}
      {methods.map((other) =>
        other === method && other !== 'passkey' ? null : (
          <button key={other} type="button" disabled={busy} onClick={() => take(other)}>
            {offered[other]}
          </button>
        ),
      )}
      <button type="button" class="plain" onClick={back}>
        Back
      </button>
    </form>
  );
}

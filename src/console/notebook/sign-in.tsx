import { useEffect, useRef, useState } from 'preact/hooks';
import type { Outcome } from 'usher/client';
import { FullHouse } from './full-house.js';
import { SecondFactor } from './second-factor.js';
import { isLapsed, isPassing, saidOf, useFirstFocus, usher } from './usher.js';

/** What to do with the way in: hands on what came of it, or says what was wrong. */
export type Enter = (going: () => Promise<Outcome>) => Promise<void>;

interface Given {
  readonly identifier: string;
  readonly password: string;
  readonly remember: boolean;
}

const nothing: Given = { identifier: '', password: '', remember: false };

/** Every way in that Usher may offer: password, second factor, a choice of licences, a full house. */
export function SignIn({ waiting }: { waiting: Outcome | null }) {
  const [outcome, go] = useState(waiting);
  const [given, give] = useState(nothing);
  const [said, tell] = useState('');
  const [busy, work] = useState(false);
  /** Kept over the answers, each of which brings another ticket. */
  const [waits, wait] = useState(false);
  const inFlight = useRef(false);
  /** Signs in again with the licence that was chosen: with the second factor, where one was shown. */
  const choose = useRef((licenceId: string) => usher.signIn({ ...given, licenceId }));
  useEffect(() => go(waiting), [waiting]);
  const back = () => {
    wait(false);
    tell('');
    go(null);
  };
  const enter: Enter = async (going) => {
    if (inFlight.current) return;
    inFlight.current = true;
    work(true);
    tell('');
    try {
      go(await going());
    } catch (error) {
      // A ticket is good for one try: without a new one there is nothing more to wait for.
      const isOver = outcome?.kind === 'full' && isLapsed(error);
      if (isOver) back();
      else if (!isPassing(error)) wait(false);
      tell(isOver ? 'Your place in the queue has lapsed. Please sign in again.' : saidOf(error));
    } finally {
      inFlight.current = false;
      work(false);
    }
  };
  const parts = { enter, busy, back };
  return (
    <main class="alone">
      <h1>Lab notebook</h1>
      {outcome?.kind === 'full' ? (
        <FullHouse full={outcome} waits={waits} wait={wait} {...parts} />
      ) : outcome?.kind === 'second-factor' ? (
        <SecondFactor
          outcome={outcome}
          answer={(method, code) => {
            choose.current = (licenceId) => usher.secondFactor(outcome.challenge, method, code, licenceId);
            void enter(() => usher.secondFactor(outcome.challenge, method, code));
          }}
          {...parts}
        />
      ) : outcome?.kind === 'licence-choice' ? (
        <Licences outcome={outcome} choose={(id) => void enter(() => choose.current(id))} {...parts} />
      ) : (
        <Password
          given={given}
          give={give}
          submit={() => {
            choose.current = (licenceId) => usher.signIn({ ...given, licenceId });
            void enter(() => usher.signIn(given));
          }}
          {...parts}
        />
      )}
      <p class="said" role="alert">
        {said}
      </p>
    </main>
  );
}

interface Parts {
  readonly enter: Enter;
  readonly busy: boolean;
  readonly back: () => void;
}

interface PasswordParts extends Parts {
  readonly given: Given;
  readonly give: (given: Given) => void;
  readonly submit: () => void;
}

function Password({ enter, busy, given, give, submit }: PasswordParts) {
  const first = useFirstFocus<HTMLInputElement>();
  const change = (part: Partial<Given>) => give({ ...given, ...part });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p class="faint">Sign in to take a seat. Your notes live as long as your session.</p>
      <label>
        E-mail address or user name
        <input
          ref={first}
          name="identifier"
          required
          autocomplete="username"
          value={given.identifier}
          onInput={({ currentTarget }) => change({ identifier: currentTarget.value })}
        />
      </label>
      <label>
        Password
        <input
          name="password"
          type="password"
          required
          autocomplete="current-password"
          value={given.password}
          onInput={({ currentTarget }) => change({ password: currentTarget.value })}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={given.remember}
          onChange={({ currentTarget }) => change({ remember: currentTarget.checked })}
        />
        Come back without the password in this browser
      </label>
      <button type="submit" class="main" disabled={busy}>
        {busy ? 'Signing in …' : 'Sign in'}
      </button>
      <button type="button" disabled={busy} onClick={() => enter(() => usher.signInWithPasskey())}>
        Use a passkey
      </button>
    </form>
  );
}

type Choice = Extract<Outcome, { kind: 'licence-choice' }>;

function Licences({ busy, back, outcome, choose }: Parts & { outcome: Choice; choose: (id: string) => void }) {
  const title = useFirstFocus<HTMLHeadingElement>();
  return (
    <section aria-labelledby="where">
      <h2 id="where" ref={title} tabIndex={-1}>
        Where will you sit?
      </h2>
      <ul class="choices">
        {outcome.licences.map(({ id, name, owner }) => (
          <li key={id}>
            <button type="button" disabled={busy} onClick={() => choose(id)}>
              <strong>{name}</strong>
              <span class="faint">{owner}</span>
            </button>
          </li>
        ))}
      </ul>
      <button type="button" class="plain" onClick={back}>
        Back
      </button>
    </section>
  );
}

import { useRef, useState } from 'preact/hooks';
import { UsherProblem } from '../../../../client/problem.js';
import { Field } from '../../kit/field.js';
import { Form, type Given } from '../../kit/form.js';
import { Frame } from '../../kit/frame.js';
import { forgetLink } from '../../kit/link-page.js';
import { NewPassword } from '../../kit/new-password.js';
import { setUpTexts } from '../../texts/set-up.js';
import { usher } from '../../usher.js';
import { Steps } from './steps.js';

/** Makes the first staff account and signs in with it. */
export function AccountStep({ token, done, stale }: { token: string; done: () => void; stale: () => void }) {
  const t = setUpTexts();
  /** What the account was made with: when signing in has to be tried again, it is not made again. */
  const made = useRef<{ readonly identifier: string; readonly password: string } | null>(null);
  const [about, setAbout] = useState<Readonly<Record<string, string>>>({});
  const send = async ({ email = '', password = '', name }: Given) => {
    try {
      if (made.current === null) {
        await usher.call('POST /auth/set-up', {
          body: { token, email, password, ...(name !== undefined && { name }) },
        });
        forgetLink();
      }
    } catch (error) {
      if (!(error instanceof UsherProblem) || error.slug !== 'invalid-code') throw error;
      stale();
      return;
    }
    made.current ??= { identifier: email, password };
    const outcome = await usher.signIn(made.current);
    // Where staff need a second factor, the page for signing in asks for it, and leads back here.
    if (outcome.kind === 'signed-in') done();
    else location.assign('/sign-in?return_to=/auth/set-up');
  };
  const knows = (name: string) => (event: { currentTarget: HTMLInputElement }) =>
    setAbout({ ...about, [name]: event.currentTarget.value });
  return (
    <Frame title={t.accountTitle} lead={t.accountLead} wide>
      <Steps at={0} />
      <Form button={t.makeAccount} send={send}>
        <Field name="name" label={t.name} maxLength={200} autoComplete="name" onInput={knows('name')} />
        <Field
          name="email"
          type="email"
          label={t.email}
          required
          maxLength={254}
          autoComplete="username"
          onInput={knows('email')}
        />
        <NewPassword about={Object.values(about)} />
      </Form>
    </Frame>
  );
}

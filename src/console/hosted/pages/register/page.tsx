import { useState } from 'preact/hooks';
import { house } from '../../house.js';
import { Button } from '../../kit/button.js';
import { Field } from '../../kit/field.js';
import { Form } from '../../kit/form.js';
import { Frame } from '../../kit/frame.js';
import { NewPassword } from '../../kit/new-password.js';
import { Notice } from '../../kit/notice.js';
import { showPage } from '../../kit/show-page.js';
import { useStep } from '../../kit/step.js';
import { TroubleNotice } from '../../kit/trouble.js';
import { onwards } from '../../return-to.js';
import { registerTexts } from '../../texts/register.js';
import { usher } from '../../usher.js';

function Register() {
  const t = registerTexts();
  const [email, setEmail] = useState<string | null>(null);
  const [typed, setTyped] = useState('');
  if (email !== null) return <Sent email={email} />;
  return (
    <Frame title={t.title} lead={house.registers && t.lead}>
      {house.registers ? (
        <Form
          button={t.button}
          send={async ({ email = '', name, password = '' }) => {
            await usher.call('POST /auth/register', { body: { email, password, ...(name && { name }) } });
            setEmail(email);
          }}
        >
          <Field
            name="email"
            type="email"
            label={t.email}
            focus
            required
            maxLength={254}
            autoComplete="username"
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
          <Field name="name" label={t.name} maxLength={200} autoComplete="name" />
          <NewPassword label={t.password} about={[typed]} />
        </Form>
      ) : (
        <Notice kind="info">{t.closed}</Notice>
      )}
      <SignInLink />
    </Frame>
  );
}

function Sent({ email }: { email: string }) {
  const t = registerTexts();
  const step = useStep();
  const [resent, setResent] = useState(false);
  const resend = async () => {
    await usher.call('POST /auth/verify-email/resend', { body: { email } });
    setResent(true);
  };
  return (
    <Frame title={t.sentTitle} lead={t.sent(email)}>
      <TroubleNotice step={step} />
      {resent && !step.trouble ? <Notice kind="good">{t.resent}</Notice> : <p>{t.nothing}</p>}
      <Button busy={step.busy} onClick={() => step.run(resend)}>
        {t.resend}
      </Button>
      <SignInLink />
    </Frame>
  );
}

function SignInLink() {
  return (
    <p class="links">
      <a href={onwards('/sign-in')}>{registerTexts().haveOne}</a>
    </p>
  );
}

showPage(Register);

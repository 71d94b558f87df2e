import { useState } from 'preact/hooks';
import { house } from '../../house.js';
import { Button } from '../../kit/button.js';
import { Field } from '../../kit/field.js';
import { Form } from '../../kit/form.js';
import { Frame } from '../../kit/frame.js';
import { Notice } from '../../kit/notice.js';
import { showPage } from '../../kit/show-page.js';
import { onwards } from '../../return-to.js';
import { forgotTexts } from '../../texts/forgot.js';
import { usher } from '../../usher.js';

function Forgot() {
  const t = forgotTexts();
  const [email, setEmail] = useState<string | null>(null);
  const back = (
    <p class="links">
      <a href={onwards('/sign-in')}>{t.back}</a>
    </p>
  );
  if (!house.mails) {
    return (
      <Frame title={t.title}>
        <Notice kind="info">{t.noMail}</Notice>
        {back}
      </Frame>
    );
  }
  if (email !== null) {
    return (
      <Frame title={t.sentTitle} lead={t.sent(email)}>
        <p>{t.nothing}</p>
        <Button onClick={() => setEmail(null)}>{t.another}</Button>
        {back}
      </Frame>
    );
  }
  return (
    <Frame title={t.title} lead={t.lead}>
      <Form
        button={t.button}
        send={async ({ email = '' }) => {
          await usher.call('POST /auth/password/forgot', { body: { email } });
          setEmail(email);
        }}
      >
        <Field name="email" type="email" label={t.email} required maxLength={254} autoComplete="username" />
      </Form>
      {back}
    </Frame>
  );
}

showPage(Forgot);

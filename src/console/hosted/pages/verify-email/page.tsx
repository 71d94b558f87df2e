import { useEffect, useState } from 'preact/hooks';
import { UsherProblem } from '../../../../client/problem.js';
import { Field } from '../../kit/field.js';
import { LinkPage } from '../../kit/link-page.js';
import { showPage } from '../../kit/show-page.js';
import { verifyTexts } from '../../texts/links.js';
import { usher } from '../../usher.js';

/** Only an account that is still to be made wants the password that was chosen for it. */
function VerifyEmail() {
  const t = verifyTexts();
  const [asksPassword, setAsksPassword] = useState(false);
  useEffect(() => {
    if (asksPassword) document.querySelector<HTMLInputElement>('input[name=password]')?.focus();
  }, [asksPassword]);
  return (
    <LinkPage
      said={asksPassword ? { ...t, lead: t.passwordLead } : t}
      send={async (token, { password }) => {
        try {
          const body = { token, ...(password !== undefined && { password }) };
          const { email } = await usher.call('POST /auth/verify-email', { body });
          return { title: t.doneTitle, words: t.done(email) };
        } catch (error) {
          if (asksPassword || !isAboutPassword(error)) throw error;
          setAsksPassword(true);
          return null;
        }
      }}
    >
      {asksPassword && (
        <Field name="password" type="password" label={t.password} required autoComplete="current-password" />
      )}
    </LinkPage>
  );
}

function isAboutPassword(error: unknown): boolean {
  if (!(error instanceof UsherProblem)) return false;
  const faults = (error.body['errors'] ?? []) as readonly { pointer: string }[];
  return faults.some(({ pointer }) => pointer === '/password');
}

showPage(VerifyEmail);

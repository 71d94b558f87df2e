import { Field } from '../../kit/field.js';
import { accountTexts } from '../../texts/account.js';

/** The field of the password somebody has now. */
export function PresentPassword({ name = 'password' }: { name?: string }) {
  const t = accountTexts();
  return <Field name={name} type="password" label={t.presentPassword} required autoComplete="current-password" />;
}

import { NewPasswords } from '../accounts/new-passwords.js';
import { PasswordRules, type SecondFactorQuestion } from '../accounts/password-rules.js';
import { askPostgres } from '../platform/postgres.js';
import type { Ground } from './ground.js';

/** A mailbox is no authenticator (NIST SP 800-63B-4, 3.1.3.1): beside it a password stands alone. */
const asked = `SELECT 1 FROM factors
  WHERE user_id = $1 AND kind IN ('passkey', 'totp') AND confirmed_at IS NOT NULL LIMIT 1`;

/** Puts together what new passwords pass. */
export function composePasswords({ config, dataSource, hasher }: Pick<Ground, 'config' | 'dataSource' | 'hasher'>) {
  const hasSecondFactor: SecondFactorQuestion = async (userId) =>
    (await askPostgres(() => dataSource.query<unknown[]>(asked, [userId]))).length > 0;
  const passwordRules = new PasswordRules({ publicUrl: config.PUBLIC_URL, hasSecondFactor });
  return { passwordRules, newPasswords: new NewPasswords(passwordRules, hasher) };
}

import { In, IsNull, Not } from 'typeorm';
import { NewPasswords } from '../accounts/new-passwords.js';
import { PasswordRules } from '../accounts/password-rules.js';
import { factorTable } from '../factors/factor-table.js';
import { askPostgres } from '../platform/postgres.js';
import type { Ground } from './ground.js';

/** Puts together what new passwords pass. */
export function composePasswords({ config, dataSource, hasher }: Pick<Ground, 'config' | 'dataSource' | 'hasher'>) {
  const rules = new PasswordRules({
    publicUrl: config.PUBLIC_URL,
    // A mailbox is no authenticator (NIST SP 800-63B-4, 3.1.3.1): beside it a password stands alone.
    hasSecondFactor: (userId) =>
      askPostgres(() =>
        dataSource.manager.existsBy(factorTable, {
          userId,
          kind: In(['passkey', 'totp']),
          confirmedAt: Not(IsNull()),
        }),
      ),
  });
  return { passwordRules: rules, newPasswords: new NewPasswords(rules, hasher) };
}

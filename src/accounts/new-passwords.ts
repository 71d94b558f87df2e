import type { PasswordHasher } from '../platform/password-hash.js';
import type { PasswordChoice, PasswordRules } from './password-rules.js';

/** The one way from a password that was chosen to the text that is stored: no hash is made that the rules have not seen. */
export class NewPasswords {
  readonly #rules: Pick<PasswordRules, 'check'>;
  readonly #hasher: Pick<PasswordHasher, 'hash'>;

  constructor(rules: Pick<PasswordRules, 'check'>, hasher: Pick<PasswordHasher, 'hash'>) {
    this.#rules = rules;
    this.#hasher = hasher;
  }

  /** What is stored for this password. Throws `invalid-request` when it breaks a rule, and `busy`. */
  async hash(password: string, choice: PasswordChoice): Promise<string> {
    await this.#rules.check(password, choice);
    return this.#hasher.hash(password);
  }
}

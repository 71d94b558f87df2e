import type { UserId } from '../kernel/ids.js';
import type { AccountLetters, AccountLinks } from './account-letters.js';
import type { AccountRequestsParts } from './account-requests.js';
import { addressId } from './address-id.js';
import type { UserRepository } from './user-repository.js';

/**
 * What requests about an address lead to: to a letter, or to nothing. Accounts that are disabled are written to by none of
 * them. The one place that knows whether an address has an account, and only its mailbox learns of it.
 */
export function accountAnswers(
  users: Pick<UserRepository, 'lock' | 'lockByEmail' | 'findByEmail'>,
  letters: AccountLetters,
  links: Pick<AccountLinks, 'registration'>,
): AccountRequestsParts['answers'] {
  return {
    async register(change, { email, details, askedAt }) {
      const user = await users.lockByEmail(change.tx, email);
      if (user === null) await letters.registration(change, email, details, askedAt);
      else if (user.disabledAt === null) await letters.accountExists(change, user, askedAt);
    },
    async 'verify-email'(change, { email }) {
      const user = await users.lockByEmail(change.tx, email);
      if (user !== null) {
        if (!user.verified && user.disabledAt === null) await letters.verifyEmail(change, user);
        return;
      }
      const pending = await links.registration.list(addressId(email), change.tx);
      // Of several, only who asked knows which one is meant: they can register again.
      if (pending[0] !== undefined && pending.length === 1) await letters.registrationAgain(change, pending[0]);
    },
    async reset(change, { email }) {
      const user = await users.lockByEmail(change.tx, email);
      if (user !== null && user.disabledAt === null) await letters.forgotten(change, user);
    },
    async 'change-email'(change, { email, details, askedAt }) {
      const user = await users.lock(change.tx, details.userId as UserId);
      if (user === null || user.disabledAt !== null) return;
      const taken = await users.findByEmail(change.tx, email);
      await letters.changeEmail(change, user, email, taken, askedAt);
    },
  };
}

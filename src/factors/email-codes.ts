import { randomInt } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { SignInUser } from '../accounts/user-repository.js';
import type { Clock } from '../kernel/clock.js';
import { newId } from '../kernel/ids.js';
import { Problem } from '../kernel/problem.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import type { ChallengeNotes, ChallengeShown } from './challenge-notes.js';
import { newFactor } from './factor-repository.js';
import { factorTable } from './factor-table.js';
import type { KeyedHash } from './keyed-hash.js';

/** How often a code may be sent again within one challenge, and how far apart, in seconds. */
const mostResends = 3;
const apartSeconds = 30;
/** Every sign-in with the right password begins a challenge: all of them together fill nobody's mailbox. */
const limit = { templates: ['sign-in-code'], most: 5, withinMs: 10 * 60_000 } as const;

/** What e-mailed codes are called among a person's factors. */
export const emailCodesName = 'E-mailed codes';

/** What e-mailed codes are made of. */
export interface EmailCodesParts {
  readonly notes: ChallengeNotes;
  readonly mail: Pick<MailOutbox, 'require' | 'enqueue' | 'secondsUntilFewer'>;
  readonly hash: KeyedHash;
  readonly clock: Clock;
}

/**
 * Six digits by mail (ASVS 6.5.4, 6.6.2, 6.6.3): random, kept as a keyed hash bound to the challenge, good as long as it and
 * once. Sending again makes a new code. NIST SP 800-63B-4 does not count them as an authenticator: they raise no level.
 */
export class EmailCodes {
  readonly #parts: EmailCodesParts;

  constructor(parts: EmailCodesParts) {
    this.#parts = parts;
  }

  /**
   * Sends a code, five within ten minutes to a person at most. Null when the challenge is not good. Throws
   * `too-many-attempts` and `mail-not-set-up`.
   */
  send(user: SignInUser, challenge: ChallengeShown): Promise<{ sentTo: string; resendsLeft: number } | null> {
    const { notes, mail, hash, clock } = this.#parts;
    mail.require();
    return notes.change(user.id, challenge, async (asked, tx) => {
      const nowMs = clock.nowMs();
      const sends = asked.email?.sends ?? 0;
      if (asked.email !== undefined) requireResendable(asked.email, nowMs);
      const retryAfterSeconds = await mail.secondsUntilFewer(tx, user.email, limit);
      if (retryAfterSeconds > 0) throw new Problem('too-many-attempts', { retryAfterSeconds }, enough);
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      await countable(tx, user, new Date(nowMs));
      await mail.enqueue(tx, { to: user.email, template: 'sign-in-code', values: { code } });
      const email = { hash: hash.of(challenge.id, code), sends: sends + 1, sentAtMs: nowMs };
      return { asked: { ...asked, email }, result: { sentTo: masked(user.email), resendsLeft: mostResends - sends } };
    });
  }

  /** Whether it is the code that was sent last. A right one is used up: of many at once, one is told. */
  async use(user: SignInUser, challenge: ChallengeShown, code: string): Promise<boolean> {
    const { notes, hash } = this.#parts;
    const used = await notes.change(user.id, challenge, async (asked) => {
      const right = asked.email !== undefined && hash.matches(asked.email.hash, challenge.id, code.trim());
      return { asked: right ? { ...asked, email: undefined } : asked, result: right };
    });
    return used === true;
  }
}

const enough = 'Enough codes have been sent to this address for now. Use the newest one, another factor, or wait.';

function requireResendable(last: { readonly sends: number; readonly sentAtMs: number }, nowMs: number): void {
  const waitMs = last.sentAtMs + apartSeconds * 1000 - nowMs;
  if (last.sends > mostResends)
    throw new Problem(
      'too-many-attempts',
      { retryAfterSeconds: apartSeconds },
      'No more codes: begin the sign-in anew.',
    );
  if (waitMs > 0) throw new Problem('too-many-attempts', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
}

/** Wrong codes are counted at a row, also where somebody must use codes who never turned them on. */
async function countable(tx: EntityManager, { id: userId }: SignInUser, now: Date): Promise<void> {
  if (await tx.existsBy(factorTable, { userId, kind: 'email' })) return;
  await tx.insert(factorTable, newFactor({ id: newId(), userId, kind: 'email', name: emailCodesName, createdAt: now }));
}

/** Enough of an address to know it by. */
function masked(address: string): string {
  return address.replace(/^(.).*(?=@)/u, '$1***');
}

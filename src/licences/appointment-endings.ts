import type { EntityManager } from 'typeorm';
import type { Change } from '../audit/changes.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { causeOf, userEndedPush } from '../sessions/pushes.js';
import { seatlessTag } from '../sessions/session-id.js';
import type { AppointmentRepository, Post } from './appointment-repository.js';
import type { MemberAccounts } from './member-service.js';

/** Somebody whose row the caller holds. */
export interface HeldUser {
  readonly id: UserId;
  readonly epoch: number;
}

/**
 * What goes with an appointment, however it goes: by dismissal, with its licence or its owner, or because a licence leaves
 * the owner. Managers may sit in their licences uncounted, and in none: those sessions end with the last appointment that
 * allowed them.
 */
export class AppointmentEndings {
  readonly #appointments: Pick<AppointmentRepository, 'appointed' | 'lock' | 'placesLost'>;
  readonly #accounts: Pick<MemberAccounts, 'lockMany' | 'setEpoch'>;
  readonly #seatless: boolean;

  /** `seatless`: whether everybody may sit without a licence (SEATLESS_SIGN_IN). */
  constructor(parts: {
    appointments: Pick<AppointmentRepository, 'appointed' | 'lock' | 'placesLost'>;
    accounts: Pick<MemberAccounts, 'lockMany' | 'setEpoch'>;
    seatless: boolean;
  }) {
    this.#appointments = parts.appointments;
    this.#accounts = parts.accounts;
    this.#seatless = parts.seatless;
  }

  /**
   * Holds the rows of all who are appointed for exactly this, then that of the licence or owner: nobody can be appointed for
   * it until the end of the transaction. To be called before any other lock, as users come first everywhere.
   */
  async hold(tx: EntityManager, post: Post): Promise<readonly HeldUser[]> {
    await this.#accounts.lockMany(tx, await this.#appointments.appointed(tx, post));
    await this.#appointments.lock(tx, post);
    // Somebody may have been appointed before that last lock was ours.
    return this.#accounts.lockMany(tx, await this.#appointments.appointed(tx, post));
  }

  /**
   * Ends the sessions of these that, as the transaction sees it, no appointment allows any more. `gone` is the licence or
   * owner they do not manage any more: in what it was, also a member's sessions end if one may take no seat.
   */
  async end(change: Change, users: readonly HeldUser[], gone: Post['id']): Promise<void> {
    for (const user of users) {
      // Raised in any case: a sign-in that has seen the appointment must not note a place after this.
      const epoch = user.epoch + 1;
      await this.#accounts.setEpoch(change.tx, user.id, epoch);
      const lost = await this.#appointments.placesLost(change.tx, user.id, gone);
      const tags = lost.flatMap((licence: LicenceId | null) => licence ?? (this.#seatless ? [] : seatlessTag(user.id)));
      if (tags.length === 0) continue;
      const cause = causeOf('member-removed', change.by);
      await change.push(userEndedPush({ userId: user.id, epoch, tags, cause }));
    }
  }
}

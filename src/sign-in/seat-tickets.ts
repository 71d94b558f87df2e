import type { Delivery } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import type { IssuedTokens } from '../platform/issued-tokens.js';

/** How long a ticket is good, in milliseconds. */
export const ticketMs = 10 * 60_000;
/** How long a person may wait for a seat without being authenticated again, with whatever tickets, in milliseconds. */
export const longestWaitMs = 60 * 60_000;

const ticketForm = /^[A-Za-z0-9_-]{43}$/;

/** What a ticket stands for. */
export type TicketData = {
  /** Which credentials of the user were checked: a ticket does not outlive their change. */
  readonly credentials: number;
  readonly licenceId: LicenceId;
  readonly delivery: Delivery;
  readonly remember: boolean;
  /** The client the credentials came from, as sessions are bound to it. */
  readonly client: string;
  readonly amr: readonly string[];
  readonly aal: number;
  /** When that was, where it was before the credentials were checked: for a browser that was remembered. */
  readonly authenticatedAtMs?: number;
  /** When the credentials were checked, in milliseconds since the epoch. */
  readonly sinceMs: number;
};

/** A finished sign-in that waits for a seat. Holds none. */
export interface WaitingForSeat extends TicketData {
  readonly id: string;
  readonly userId: UserId;
}

/** Tickets, each for ten minutes and good for one try, for an hour in all. All methods throw StoreUnavailable. */
export class SeatTickets {
  readonly #tokens: IssuedTokens<TicketData>;
  readonly #clock: Clock;

  constructor(tokens: IssuedTokens<TicketData>, clock: Clock) {
    this.#tokens = tokens;
    this.#clock = clock;
  }

  /** A new ticket, for whoever has just been authenticated or has waited since `sinceMs`. */
  async issue(userId: UserId, waiting: Omit<TicketData, 'sinceMs'> & { sinceMs: number | null }): Promise<string> {
    const data = { ...waiting, sinceMs: waiting.sinceMs ?? this.#clock.nowMs() };
    return (await this.#tokens.issue(null, { userId, data })).secret;
  }

  /** Takes a ticket out, so that of two who show it one is let through; null when it is unknown, used or too old. */
  async take(ticket: string): Promise<WaitingForSeat | null> {
    const found = ticketForm.test(ticket) ? await this.#tokens.use(null, ticket) : null;
    if (found === null || found.userId === null) return null;
    const tooOld = this.#clock.nowMs() - found.data.sinceMs > longestWaitMs;
    return tooOld ? null : { ...found.data, id: found.id, userId: found.userId };
  }

  /** Puts a ticket back that was taken and could not be used, because a store did not answer. */
  async putBack({ id }: WaitingForSeat): Promise<void> {
    await this.#tokens.giveBack(null, id);
  }
}

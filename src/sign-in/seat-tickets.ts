import { createHash } from 'node:crypto';
import type { Delivery } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import { type LicenceId, randomToken, type UserId } from '../kernel/ids.js';
import type { RedisSender } from '../platform/redis.js';

/** How long a ticket is good, in milliseconds. */
export const ticketMs = 10 * 60_000;
/** How long a person may wait for a seat without giving the password again, with whatever tickets, in milliseconds. */
export const longestWaitMs = 60 * 60_000;

const ticketForm = /^[A-Za-z0-9_-]{43}$/;

/** A finished sign-in that waits for a seat. Holds none. */
export interface WaitingForSeat {
  readonly userId: UserId;
  /** The user's epoch when the password was checked: a ticket does not outlive a change of credentials. */
  readonly epoch: number;
  readonly licenceId: LicenceId;
  readonly delivery: Delivery;
  /** The client the password came from, as sessions are bound to it. */
  readonly client: string;
  /** When the password was checked, in milliseconds since the epoch. */
  readonly sinceMs: number;
}

/**
 * Tickets, kept in Redis by their hash alone (ASVS 6.5.2), each for ten minutes and good for one try, for an hour in all. All methods throw
 * StoreUnavailable when Redis does not answer.
 */
export class SeatTickets {
  readonly #link: RedisSender;
  readonly #clock: Clock;

  constructor(link: RedisSender, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  /** A new ticket, for whoever has just given the password or has waited since `sinceMs`. */
  async issue(waiting: Omit<WaitingForSeat, 'sinceMs'> & { readonly sinceMs: number | null }): Promise<string> {
    const ticket = randomToken(32);
    await this.#keep(ticket, { ...waiting, sinceMs: waiting.sinceMs ?? this.#clock.nowMs() });
    return ticket;
  }

  /** Takes a ticket out, so that of two who show it one is let through; null when it is unknown, used or too old. */
  async take(ticket: string): Promise<WaitingForSeat | null> {
    if (!ticketForm.test(ticket)) return null;
    const key = keyOf(ticket);
    const kept = await this.#link.send(key, ['GETDEL', key]);
    if (typeof kept !== 'string') return null;
    const waiting: WaitingForSeat = JSON.parse(kept);
    return this.#clock.nowMs() - waiting.sinceMs > longestWaitMs ? null : waiting;
  }

  /** Puts a ticket back that was taken and could not be used, because a store did not answer. */
  async putBack(ticket: string, waiting: WaitingForSeat): Promise<void> {
    await this.#keep(ticket, waiting);
  }

  async #keep(ticket: string, waiting: WaitingForSeat): Promise<void> {
    const key = keyOf(ticket);
    await this.#link.send(key, ['SET', key, JSON.stringify(waiting), 'PX', String(ticketMs)]);
  }
}

function keyOf(ticket: string): string {
  return `ticket:${createHash('sha256').update(ticket).digest('base64url')}`;
}

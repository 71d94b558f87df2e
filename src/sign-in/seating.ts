import Tokens from 'csrf';
import { permissionsOf } from '../access/roles.js';
import { personIn } from '../accounts/person.js';
import type { SignInUser, User, UserRepository } from '../accounts/user-repository.js';
import type { Delivery, LiveSession, SeatedLicence } from '../kernel/actor.js';
import { isoTime } from '../kernel/clock.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { invalid, Problem } from '../kernel/problem.js';
import type { LicenceRepository, SittableLicence } from '../licences/licence-repository.js';
import type { UncountedPlaces } from '../licences/uncounted-places.js';
import type { ClientReader } from '../sessions/client.js';
import { shownClient } from '../sessions/reply-schemas.js';
import {
  type Credential,
  type IssuedSessionId,
  licenceTag,
  type SessionIds,
  type SessionRef,
  seatlessTag,
} from '../sessions/session-id.js';
import type { ListedSession, Opened, Opening, Proof, SessionStore, Snapshot, Uncounted } from '../sessions/store.js';
import { chooseLicence } from './licence-choice.js';
import type { SeatTickets } from './seat-tickets.js';
import type { Withdrawals } from './withdrawals.js';

/** How often the store may ask for a policy, or send back for a fresh account, before the sign-in is given up. */
const mostTurns = 5;
/** How many of the person's own sessions a full house names. */
const ownNamed = 50;
const longestUserAgent = 512;

const csrfTokens = new Tokens();

/** What a person who has been authenticated asks for. */
export interface SeatRequest {
  readonly licenceId: LicenceId | undefined;
  /** The own session the person would end for this one, if the licence is full. */
  readonly give: SessionRef | null;
  /** Whether the session is to take no seat. Only for whoever may. */
  readonly uncounted: Uncounted | null;
  /** Since when the person waits, who comes with a ticket. */
  readonly waitingSinceMs: number | null;
  readonly delivery: Delivery;
  /** Whether the browser is to be remembered, now or when a ticket has got a seat. */
  readonly remember: boolean;
  readonly proof: Proof;
  readonly attemptId: string;
  readonly requestId: string;
  readonly address: string;
  readonly userAgent: string;
  /** The session this browser holds already. Its seat is taken over when it is in the same licence. */
  readonly present: Credential | null;
}

/** A session that has been opened and waits to be delivered. */
export interface Seated {
  readonly issued: IssuedSessionId;
  readonly session: LiveSession;
  readonly snapshot: Snapshot;
  readonly licence: SittableLicence | null;
}

/** What seating is made of. `seatless`: whether accounts without a licence may sit too (SEATLESS_SIGN_IN). */
export interface SeatingParts {
  readonly store: SessionStore;
  readonly ids: SessionIds;
  readonly clients: ClientReader;
  readonly tickets: Pick<SeatTickets, 'issue'>;
  readonly withdrawals: Pick<Withdrawals, 'unlessAnswered'>;
  readonly users: Pick<UserRepository, 'findWithPassword' | 'rolesOf'>;
  readonly licences: Pick<LicenceRepository, 'licencesOf' | 'sittable'>;
  /** Whether the user has been appointed to manage the licence, or any. */
  readonly managers: {
    manages(userId: UserId, licenceId: LicenceId): Promise<boolean>;
    managesAnything(userId: UserId): Promise<boolean>;
  };
  /** Where it is noted that somebody sits without a seat. */
  readonly places: Pick<UncountedPlaces, 'note'>;
  readonly seatless: boolean;
}

/** Chooses the licence and takes the seat: the last step of a sign-in, one script in the store. */
export class Seating {
  readonly #parts: SeatingParts;

  constructor(parts: SeatingParts) {
    this.#parts = parts;
  }

  /**
   * Opens a session for a user whose password has been checked. Throws `no-licence`, `licence-choice-required`,
   * `licence-suspended`, `licence-not-started`, `licence-expired` or `no-seat-free`; `invalid-credentials` when the account
   * was ended meanwhile and its password may no longer be the one that was checked; StoreUnavailable.
   */
  async seat(checked: SignInUser, request: SeatRequest): Promise<Seated> {
    const { store, withdrawals } = this.#parts;
    let user = checked;
    for (let turn = 0; turn < mostTurns; turn++) {
      const licence = await this.#licenceFor(user, request);
      if (request.uncounted !== null && licence !== null && !(await this.#parts.places.note(user, licence.id))) {
        user = await this.#again(user);
        continue;
      }
      const opening = await this.#opening(user, licence, request);
      const opened = await withdrawals.unlessAnswered(opening.issued, store.open(opening));
      switch (opened.kind) {
        case 'opened':
          return { issued: opening.issued, session: opened.session, snapshot: opening.snapshot, licence };
        case 'policy-needed':
          if (licence !== null) await store.pushPolicy(licenceTag(licence.id), licence.policy);
          break;
        case 'stale-user':
          user = await this.#again(user);
          break;
        default:
          throw await this.#refusal(opened, user, licence, request);
      }
    }
    throw new Problem('busy', { retryAfterSeconds: 1 });
  }

  async #licenceFor(user: User, { licenceId, uncounted }: SeatRequest): Promise<SittableLicence | null> {
    const { licences, managers } = this.#parts;
    if (uncounted === null) {
      const own = await licences.licencesOf(user.id);
      // Whoever manages licences has work to do also where no licence of their own lets anybody in.
      const nowhere = licenceId === undefined && !own.some(({ open }) => open);
      if (nowhere && (await managers.managesAnything(user.id))) return null;
      return chooseLicence(user, own, licenceId, this.#parts.seatless);
    }
    if (licenceId === undefined) throw invalid('/licenceId', 'must name the licence to sit in without a seat');
    const isOperator = permissionsOf(user.roles).includes('seat.uncounted');
    // Support looks into any licence; breaking the glass is also for those who manage the licence.
    if (!isOperator && !(uncounted === 'break-glass' && (await managers.manages(user.id, licenceId))))
      throw new Problem('forbidden', { permission: 'seat.uncounted' });
    const licence = await licences.sittable(licenceId);
    if (licence === null) throw new Problem('no-licence', { licenceId });
    return licence;
  }

  async #opening(user: User, licence: SittableLicence | null, request: SeatRequest): Promise<Opening> {
    const { clients, ids, users } = this.#parts;
    const person = personIn(user, await users.rolesOf(user), licence?.id ?? null);
    const issued = ids.issue(licence === null ? seatlessTag(user.id) : licenceTag(licence.id));
    const csrfSecret = csrfTokens.secretSync();
    return {
      issued,
      userId: user.id,
      epoch: user.epoch,
      policyVersion: licence?.policy.version ?? null,
      delivery: request.delivery,
      fingerprint: clients.fingerprint(request.userAgent),
      snapshot: { person: JSON.stringify(person), licence: JSON.stringify(seatedLicence(licence)) },
      client: JSON.stringify({
        userAgent: request.userAgent.slice(0, longestUserAgent),
        ip: request.address,
        ...clients.describe(request.userAgent),
      }),
      ...request.proof,
      csrfSecret,
      csrfToken: csrfTokens.create(csrfSecret),
      exchange: request.present?.tag === issued.tag ? request.present : null,
      // A session of another licence is nobody's here, so naming it lets nobody in.
      ...(request.give === null ? {} : { give: request.give.handle }),
      ...(request.uncounted === null ? {} : { uncounted: request.uncounted }),
      attemptId: request.attemptId,
      requestId: request.requestId,
    };
  }

  /** The account as it is now, if what was checked still holds: the same credentials, not disabled. */
  async #again(checked: SignInUser): Promise<SignInUser> {
    const user = await this.#parts.users.findWithPassword(checked.id);
    const same = user?.passwordHash === checked.passwordHash && user.credentials === checked.credentials;
    if (!same || user.disabledAt !== null) throw new Problem('invalid-credentials');
    return user;
  }

  async #refusal(
    opened: Extract<Opened, { kind: 'full' | 'refused' }>,
    user: User,
    licence: SittableLicence | null,
    request: SeatRequest,
  ): Promise<Error> {
    if (licence === null) return new Error('a seatless tag has neither a limit nor a policy');
    if (opened.kind === 'refused') return new Problem(refusalSlugs[opened.code], { licenceId: licence.id });
    return new Problem('no-seat-free', {
      licenceId: licence.id,
      limit: opened.limit,
      used: opened.used,
      nextFreeAt: isoTime(opened.nextFreeAtMs),
      reason: opened.code,
      options: optionsOf(licence, opened.own.length > 0),
      ownSessions: opened.own.length === 0 ? [] : await this.#ownSessions(user, licence, opened.own),
      ticket: await this.#parts.tickets.issue(user.id, {
        credentials: user.credentials,
        licenceId: licence.id,
        delivery: request.delivery,
        remember: request.remember,
        client: this.#parts.clients.fingerprint(request.userAgent).client,
        amr: request.proof.amr,
        aal: request.proof.aal,
        ...authenticatedBefore(request.proof),
        sinceMs: request.waitingSinceMs,
      }),
    });
  }

  /** Those of `handles`, which are the ones that take a seat. */
  async #ownSessions(user: User, licence: SittableLicence, handles: readonly string[]): Promise<unknown[]> {
    const page = await this.#parts.store.list(licenceTag(licence.id), { userId: user.id }, ownNamed, null);
    return page.items.filter(({ handle }) => handles.includes(handle)).map(listed);
  }

  /** Ends the session that this browser held in another tag. The browser forgets it with the answer. */
  async leave(
    present: Credential,
    into: SessionRef,
    request: Pick<SeatRequest, 'userAgent' | 'requestId'>,
  ): Promise<void> {
    if (present.tag === into.tag) return;
    const { clients, store } = this.#parts;
    const found = await store.peek(present, 'cookie', clients.fingerprint(request.userAgent));
    if (found.kind !== 'live') return;
    await store.close(
      present.tag,
      { handles: [present.handle] },
      { reason: 'signed-out', requestId: request.requestId },
    );
  }
}

function authenticatedBefore({ authenticatedAtMs }: Proof): Pick<Proof, 'authenticatedAtMs'> {
  return authenticatedAtMs === undefined ? {} : { authenticatedAtMs };
}

/** What the application may offer somebody who found no seat: to wait, and to end one of the own sessions. */
function optionsOf(licence: SittableLicence, hasOwn: boolean): ('wait' | 'end-own')[] {
  const offers = hasOwn && licence.policy.chain.some(({ step }) => step === 'end-own');
  return offers ? ['wait', 'end-own'] : ['wait'];
}

const refusalSlugs = {
  SUSPENDED: 'licence-suspended',
  NOT_STARTED: 'licence-not-started',
  EXPIRED: 'licence-expired',
} as const;

function seatedLicence(licence: SittableLicence | null): SeatedLicence | null {
  return licence === null ? null : { id: licence.id, serial: licence.serial, name: licence.name };
}

/** The contract's form of one of the person's own sessions. */
function listed(session: ListedSession): Record<string, unknown> {
  return {
    ref: session.ref,
    current: false,
    createdAt: isoTime(session.createdAtMs),
    lastSeenAt: isoTime(session.lastSeenAtMs),
    expiresAt: isoTime(session.expiresAtMs),
    ...shownClient(session.client),
  };
}

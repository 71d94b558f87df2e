import { forgetting, type Memory, type RememberedBrowsers, rememberCookie } from '../accounts/remembered-browsers.js';
import { endsMemory, type RememberedEndings } from '../accounts/remembered-endings.js';
import type { SignInUser, UserRepository } from '../accounts/user-repository.js';
import type { Caller } from '../kernel/actor.js';
import type { LicenceId } from '../kernel/ids.js';
import { Problem, problemBody } from '../kernel/problem.js';
import { JsonText, type Reply } from '../kernel/route.js';
import type { Log } from '../platform/log.js';
import type { Checked, SessionCheck } from '../sessions/check.js';
import { type EndReason, isResumable } from '../sessions/session.js';
import { type Credential, parseRef, type SessionIds } from '../sessions/session-id.js';
import type { SessionStore } from '../sessions/store.js';
import type { Attempt, Attempts } from './attempts.js';
import type { Entering, Entrance, SeatWish } from './entrance.js';
import type { SecondFactorStep } from './second-factor-step.js';

/** What a remembered browser asks for. `whenFull`, also an empty one, says that the person wants back in. */
export interface ResumeWish extends Pick<SeatWish, 'whenFull'> {
  readonly licenceId?: LicenceId | undefined;
}

/** What a Resume is made of. */
export interface ResumeParts {
  readonly users: Pick<UserRepository, 'findWithPassword'>;
  readonly check: Pick<SessionCheck, 'check' | 'view'>;
  readonly remembered: Pick<RememberedBrowsers, 'show' | 'letGo' | 'keep' | 'takeBack' | 'forget'>;
  readonly endings: Pick<RememberedEndings, 'reasonOf'>;
  readonly ids: SessionIds;
  readonly store: Pick<SessionStore, 'rotate'>;
  readonly attempts: Attempts;
  readonly entrance: Entrance;
  readonly secondFactors: Pick<SecondFactorStep, 'challenge'>;
  readonly log: Log;
}

/** Lets a remembered browser come back without the password, if nobody meant its last session to be over. */
export class Resume {
  readonly #parts: ResumeParts;

  constructor(parts: ResumeParts) {
    this.#parts = parts;
  }

  /**
   * Answers 200 with the session view: of the live session if there is one, else of a new one, and then the browser gets a
   * new secret. 401, with the cookie taken away, when the browser is not remembered. Throws `busy` while a parallel request
   * is letting it in, `session-ended` when the person must ask first, `second-factor-required`, what Seating throws, and
   * StoreUnavailable; what the browser has is good again then.
   */
  async resume(wish: ResumeWish, caller: Caller): Promise<Reply> {
    const { check, remembered, entrance, attempts } = this.#parts;
    // Who brings a token is no browser: its cookies are not looked at.
    if (caller.header('authorization') !== undefined) throw new Problem('not-signed-in');
    const checked = await check.check(presentedBy(caller));
    if (checked.kind === 'live')
      return { status: 200, body: new JsonText(check.view(checked.session, checked.snapshot)) };
    const cookie = caller.cookie(rememberCookie);
    if (cookie === undefined) throw new Problem('not-signed-in');
    entrance.requireStore();
    const shown = await remembered.show(cookie, caller);
    if (shown.kind === 'just-replaced') throw new Problem('busy', { retryAfterSeconds: 1 });
    if (shown.kind === 'worthless') return notRemembered(caller);
    const { memory } = shown;
    try {
      return await attempts.entered(caller, wish.licenceId ?? memory.data.licenceId, async (attempt) => {
        attempt.userId = memory.userId;
        return this.#comeBack(memory, wish, checked, caller, attempt);
      });
    } catch (error) {
      if (error instanceof Problem && error.slug === 'not-signed-in') return notRemembered(caller);
      await this.#takeBack(memory);
      throw error;
    }
  }

  async #comeBack(
    memory: Memory,
    wish: ResumeWish,
    checked: Exclude<Checked, { kind: 'live' }>,
    caller: Caller,
    attempt: Attempt,
  ): Promise<Reply> {
    const ended = await this.#requireMay(memory, wish, checked);
    const user = await this.#owner(memory);
    const entering = enteringOf(memory, wish);
    const challenge = await this.#parts.secondFactors.challenge(user, entering, caller, entering.proof);
    if (challenge !== null) throw challenge;
    // It may be live although the browser does not know it any more: browsers forget session cookies when they are closed.
    const present = ended ? null : await this.#takeOver(memory);
    const reply = await this.#parts.entrance.enter(user, { ...entering, resumes: { present } }, caller, attempt);
    return this.#kept(reply, memory, attempt.ref, caller);
  }

  /**
   * Throws unless the last session ended so that the browser may come back: `not-signed-in` when somebody meant it to be
   * over, `session-ended` when the person must ask and has not. Whether it is known to have ended at all.
   */
  async #requireMay({ id, userId, data }: Memory, wish: ResumeWish, checked: Checked): Promise<boolean> {
    const reasons = [
      checked.kind === 'ended' ? checked.reason : null,
      checked.kind === 'other-client' ? 'user-agent' : null,
      data.ref === null ? null : await this.#parts.endings.reasonOf(data.ref),
    ].filter((reason) => reason !== null);
    if (reasons.some(endsMemory)) {
      await this.#parts.remembered.forget({ id, userId });
      throw new Problem('not-signed-in');
    }
    const asks = reasons.find((reason) => !isResumable(reason as EndReason) && reason !== 'unclaimed');
    if (asks !== undefined && wish.whenFull === undefined)
      throw new Problem('session-ended', { reason: asks, resumable: false });
    return reasons.length > 0;
  }

  async #owner(memory: Memory): Promise<SignInUser> {
    const user = await this.#parts.users.findWithPassword(memory.userId);
    if (user !== null && user.disabledAt === null) return user;
    await this.#parts.remembered.forget(memory);
    throw new Problem('not-signed-in');
  }

  /** The session the browser held last, made ours by a new secret, so that its seat can be taken over; null when it is gone. */
  async #takeOver(memory: Memory): Promise<Credential | null> {
    const { ids, store, remembered } = this.#parts;
    const ref = memory.data.ref === null ? null : parseRef(memory.data.ref);
    if (ref === null) return null;
    const next = ids.issue(ref.tag, ref.handle);
    if (!(await store.rotate(ref, next))) return null;
    if (!(await remembered.letGo(memory))) throw new Problem('not-signed-in');
    return next;
  }

  /** The reply with the new cookie. What cannot be delivered whole is undone: the session, and the new secret. */
  async #kept(reply: Reply, memory: Memory, ref: string | null, caller: Caller): Promise<Reply> {
    const { session } = reply;
    if (session === undefined || session === 'drop' || ref === null) throw new Error('a resumed session is delivered');
    const { bind } = session;
    try {
      const cookies = [...(reply.cookies ?? []), await this.#parts.remembered.keep(memory, ref, caller)];
      const undelivered = () => {
        bind.undelivered();
        void this.#takeBack(memory);
      };
      return { ...reply, cookies, session: { bind: { ...bind, undelivered } } };
    } catch (error) {
      bind.undelivered();
      throw error;
    }
  }

  /** Nobody has the new secret. When it cannot be taken back, the browser must sign in with the password. */
  async #takeBack(memory: Memory): Promise<void> {
    try {
      await this.#parts.remembered.takeBack(memory);
    } catch (err) {
      this.#parts.log.warn({ err, browser: memory.id }, 'the rotation of a remembered browser could not be taken back');
    }
  }
}

function presentedBy(caller: Caller) {
  const { userAgent } = caller;
  return { authorization: undefined, cookie: caller.header('cookie'), userAgent, background: false };
}

/** Coming back is no authentication: it proves what was proven at the sign-in, then, and never more than a password does. */
function enteringOf({ data }: Memory, wish: ResumeWish): Entering {
  const licenceId = wish.licenceId ?? data.licenceId ?? undefined;
  const proof = { amr: data.amr, aal: 1, authenticatedAtMs: data.authenticatedAtMs };
  // A ticket or a challenge that comes of it is to remember the browser anew.
  return { delivery: 'cookie', remember: true, licenceId, whenFull: wish.whenFull, proof };
}

/** Like a refusal, and the browser forgets a cookie that is worth nothing. */
function notRemembered(caller: Caller): Reply {
  return {
    status: 401,
    headers: { 'Content-Type': 'application/problem+json', 'WWW-Authenticate': 'Bearer' },
    body: JSON.stringify(problemBody(new Problem('not-signed-in'), caller.requestId)),
    cookies: [forgetting],
  };
}

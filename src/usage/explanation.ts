import type { LicenceId, UserId } from '../kernel/ids.js';
import type { LicenceThen } from './licence-then.js';

/** The person an explanation is about. */
export interface ExplainedPerson {
  readonly id: UserId;
  readonly email: string;
  readonly username: string | null;
  readonly name: string | null;
  readonly disabledAt: Date | null;
}

/** One refusal, with what came of it. */
export interface ExplainedRefusal {
  readonly at: Date;
  /** Null: the request named no licence, and none could be chosen. */
  readonly licenceId: LicenceId | null;
  /** The licence as it was then; null when there is none, or it has been deleted. */
  readonly licence: LicenceThen | null;
  readonly reason: string;
  readonly used: number;
  readonly limit: number | null;
  /** When the person got into the same licence afterwards, within seven days; null when that did not happen. */
  readonly admittedAt: Date | null;
  /** Neither followed by another attempt nor by success within two minutes. */
  readonly telling: boolean;
}

/** One attempt to sign in that no licence refused. */
export interface ExplainedAttempt {
  readonly at: Date;
  readonly outcome: string;
  readonly licenceId: LicenceId | null;
}

/** One session the person had around that time. */
export interface ExplainedSession {
  readonly licenceId: LicenceId | null;
  readonly since: Date;
  /** Null: it has not ended. */
  readonly until: Date | null;
  /** `break-glass` or `support` for one that counts for nothing, `overage` for one beyond the limit. */
  readonly kind: string | null;
  readonly endReason: string | null;
}

/** What is known about somebody around a moment. Lists are in the order of time. */
export interface Facts {
  readonly person: ExplainedPerson;
  readonly at: Date;
  readonly from: Date;
  readonly to: Date;
  readonly refusals: readonly ExplainedRefusal[];
  readonly attempts: readonly ExplainedAttempt[];
  readonly sessions: readonly ExplainedSession[];
  /** The last refusal before that time, when there was none around it. */
  readonly lastRefusal: ExplainedRefusal | null;
  /** The licences they are a member of now, and since when. */
  readonly memberships: readonly { readonly licenceId: LicenceId; readonly name: string; readonly since: Date }[];
  /** Those licences as they were then. */
  readonly licencesThen: readonly LicenceThen[];
  /** The names of all licences that are spoken of, as far as they are still there. */
  readonly names: ReadonlyMap<string, string>;
}

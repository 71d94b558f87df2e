import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { type Clock, isoTime } from '../kernel/clock.js';
import type { LicenceId } from '../kernel/ids.js';
import { type Route, route } from '../kernel/route.js';
import { idParameter, isoInstant, line } from '../kernel/text.js';
import { licencePolicy } from '../licences/policy.js';
import { explainInWords } from '../usage/explain-words.js';
import type { Explainer } from '../usage/explainer.js';
import type { ExplainedRefusal, Facts } from '../usage/explanation.js';
import type { LicenceThen } from '../usage/licence-then.js';

/** What the route works with. */
export interface ExplainRouteParts {
  readonly explainer: Explainer;
  readonly clock: Clock;
}

const instant = z.iso.datetime();
const named = z.object({ id: z.uuid(), name: z.string().nullable() }).nullable();
const refusal = z.object({
  at: instant,
  licence: named,
  /** FULL, USER_MAX, NOT_MEMBER, SUSPENDED, NOT_STARTED, EXPIRED or RATE. */
  reason: z.string(),
  used: z.number().int(),
  limit: z.number().int().nullable(),
  /** What the licence was like at that moment; null when it has been deleted. */
  licenceThen: z
    .object({
      seats: z.number().int(),
      state: z.enum(['active', 'draining', 'suspended']),
      validFrom: instant.nullable(),
      validTo: instant.nullable(),
      policy: licencePolicy,
    })
    .nullable(),
  /** When the person got in afterwards, within seven days. */
  admittedAt: instant.nullable(),
  /** Neither followed by another attempt nor by success within two minutes. */
  true: z.boolean(),
});
const explanation = z.object({
  user: z.object({ id: z.uuid(), email: z.string(), username: z.string().nullable(), name: z.string().nullable() }),
  at: instant,
  /** What is told lies between these, or was there at `at`. */
  from: instant,
  to: instant,
  /** The answer in sentences. */
  words: z.array(z.string()),
  refusals: z.array(refusal),
  /** Attempts that failed before a licence was asked, or for another reason. */
  attempts: z.array(z.object({ at: instant, licence: named, outcome: z.string() })),
  sessions: z.array(
    z.object({
      licence: named,
      since: instant,
      until: instant.nullable(),
      kind: z.string().nullable(),
      endReason: z.string().nullable(),
    }),
  ),
  /** The last one before, when there was none at that time. */
  lastRefusal: refusal.nullable(),
  memberships: z.array(z.object({ licence: named, since: instant })),
});

/** `GET /admin/api/explain`. */
export function explainRoutes({ explainer, clock }: ExplainRouteParts): Route<RoutePermission>[] {
  return [
    route({
      method: 'GET',
      path: '/admin/api/explain',
      permission: 'usage.read',
      managers: { names: ({ query }) => ({ member: query.user, licence: query.licenceId }), narrowed: true },
      summary: 'Why somebody was refused at some time (now when it is left out), in words and in facts',
      input: {
        query: z.strictObject({
          user: line(254),
          at: isoInstant.optional(),
          licenceId: idParameter<LicenceId>().optional(),
        }),
      },
      replies: { 200: explanation },
      problems: ['not-found'],
      async handle({ query, visible }) {
        const { user, licenceId } = query;
        const at = query.at ?? new Date(clock.nowMs());
        return { status: 200, body: viewOfExplanation(await explainer.explain({ user, at, licenceId, visible })) };
      },
    }),
  ];
}

/** An explanation as it is answered. */
export function viewOfExplanation(facts: Facts): z.output<typeof explanation> {
  const { id, email, username, name } = facts.person;
  const called = (licenceId: string | null) =>
    licenceId === null ? null : { id: licenceId, name: facts.names.get(licenceId) ?? null };
  const shown = ({ at, licenceId, licence, admittedAt, telling, ...rest }: ExplainedRefusal) => ({
    ...rest,
    at: textOf(at),
    licence: called(licenceId),
    licenceThen: thenOf(licence),
    admittedAt: textOf(admittedAt),
    true: telling,
  });
  return {
    user: { id, email, username, name },
    at: textOf(facts.at),
    from: textOf(facts.from),
    to: textOf(facts.to),
    words: explainInWords(facts),
    refusals: facts.refusals.map(shown),
    attempts: facts.attempts.map(({ at, outcome, licenceId }) => ({
      at: textOf(at),
      licence: called(licenceId),
      outcome,
    })),
    sessions: facts.sessions.map(({ licenceId, since, until, ...rest }) => ({
      ...rest,
      licence: called(licenceId),
      since: textOf(since),
      until: textOf(until),
    })),
    lastRefusal: facts.lastRefusal === null ? null : shown(facts.lastRefusal),
    memberships: facts.memberships.map(({ licenceId, since }) => ({
      licence: called(licenceId),
      since: textOf(since),
    })),
  };
}

function thenOf(licence: LicenceThen | null) {
  if (licence === null) return null;
  const { seats, state, validFrom, validTo, policy } = licence;
  return { seats, state, validFrom: textOf(validFrom), validTo: textOf(validTo), policy };
}

function textOf(date: Date): string;
function textOf(date: Date | null): string | null;
function textOf(date: Date | null): string | null {
  return isoTime(date);
}

import { z } from 'zod';
import type { ProblemMembers } from '../kernel/problem.js';
import { endReasons } from '../sessions/session.js';

const text = z.string();
const time = z.iso.datetime();
const count = z.number().int();
const ofLicence = z.looseObject({ licenceId: text });
const atField = z.looseObject({ pointer: text });
const later = z.looseObject({ retryAfterSeconds: count });

/** What each problem carries besides the members all have, as the OpenAPI document tells it. */
export const problemSchemas = {
  'invalid-request': z.looseObject({
    errors: z.array(z.object({ pointer: text, rule: text })),
    error: z.literal('invalid_request').exactOptional(),
  }),
  'session-ended': z.looseObject({
    reason: z.enum(endReasons).exclude(['unclaimed']),
    message: text.exactOptional(),
    resumable: z.boolean(),
  }),
  'second-factor-required': z.looseObject({ challenge: text, methods: z.array(text), expiresAt: time }),
  'step-up-required': z.looseObject({ maxAgeSeconds: count, methods: z.array(text), aal: count.exactOptional() }),
  'invalid-client': z.looseObject({ error: z.literal('invalid_client') }),
  forbidden: z.union([
    z.looseObject({ permission: text }),
    z.looseObject({ role: text }),
    z.looseObject({ licence: text }),
  ]),
  'licence-suspended': ofLicence,
  'licence-expired': ofLicence,
  'licence-not-started': ofLicence,
  'no-licence': z.looseObject({ licenceId: text.nullable() }),
  'no-seat-free': z.looseObject({
    licenceId: text,
    limit: count,
    used: count,
    nextFreeAt: time.nullable(),
    reason: z.enum(['FULL', 'USER_MAX']),
    options: z.array(text),
    ownSessions: z.array(z.unknown()),
    ticket: text.nullable(),
  }),
  'licence-choice-required': z.looseObject({
    licences: z.array(z.object({ id: text, name: text, owner: text })),
  }),
  'already-exists': atField,
  'stale-version': atField,
  'too-many-attempts': later,
  'too-many-streams': later,
  'store-unavailable': later,
  busy: later,
} as const satisfies { readonly [Slug in keyof ProblemMembers]: z.ZodType<ProblemMembers[Slug]> };

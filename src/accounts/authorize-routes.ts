import { z } from 'zod';
import { askedPermission } from '../access/role-forms.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { route } from '../kernel/route.js';
import { idParameter } from '../kernel/text.js';
import type { Authorization } from './authorization.js';

const check = z.strictObject({
  permission: askedPermission,
  /** Where: a licence. Left out: that of the caller's session. */
  licenceId: idParameter<LicenceId>().optional(),
  /** Who: somebody else, asked about by staff. */
  userId: idParameter<UserId>().optional(),
});
const result = z.object({
  permission: z.string(),
  allowed: z.boolean(),
  /** Told to staff only. */
  why: z
    .object({
      reason: z.enum(['granted', 'not-granted', 'not-in-licence', 'account-disabled', 'no-such-user']),
      /** The roles that grant it, there. */
      roles: z.array(z.string()),
    })
    .optional(),
});

/** `POST /auth/authorize`. */
export function authorizeRoute(authorization: Pick<Authorization, 'answer'>) {
  return route({
    method: 'POST',
    path: '/auth/authorize',
    permission: 'session',
    summary: 'Whether the signed-in person may do each of these; to staff also about others, and why',
    input: { body: z.strictObject({ checks: z.array(check).min(1).max(100) }) },
    replies: { 200: z.object({ results: z.array(result) }) },
    problems: ['forbidden'],
    async handle({ body, actor }) {
      return { status: 200, body: { results: await authorization.answer(actor, body.checks) } };
    },
  });
}

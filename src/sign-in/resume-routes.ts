import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { type Route, route } from '../kernel/route.js';
import { sessionView } from '../sessions/reply-schemas.js';
import type { Resume } from './resume.js';
import { seatProblems, seatWish, wish } from './sign-in-schemas.js';

/** The route by which a remembered browser comes back. */
export function resumeRoutes({ resume }: { resume: Pick<Resume, 'resume'> }): Route<RoutePermission>[] {
  return [
    route({
      method: 'POST',
      path: '/auth/resume',
      permission: 'public',
      summary: 'Come back without the password, in a browser that is remembered',
      input: { body: z.strictObject({ licenceId: wish.licenceId, whenFull: seatWish.whenFull }) },
      replies: { 200: sessionView },
      problems: [
        ...seatProblems,
        'not-signed-in',
        'session-ended',
        'second-factor-required',
        'too-many-attempts',
        'licence-choice-required',
      ],
      handle: ({ body, caller }) => resume.resume(body, caller),
    }),
  ];
}

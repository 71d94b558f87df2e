import { bySystem } from '../audit/audit-log.js';
import type { Changes } from '../audit/changes.js';
import { randomToken } from '../kernel/ids.js';
import { sessionsEndedPush } from '../sessions/pushes.js';
import type { SessionRef } from '../sessions/session-id.js';
import type { SessionDirectory } from '../sessions/session-service.js';
import type { Cause } from '../sessions/store.js';
import type { LicenceRepository } from './licence-repository.js';
import type { MemberService } from './member-service.js';

/** What sessions need of Postgres: where they can live, and a durable place for endings that the store refuses. */
export function sessionDirectory(parts: {
  licences: LicenceRepository;
  members: MemberService;
  changes: Changes;
}): SessionDirectory {
  return {
    allTags: () => parts.licences.allTags(),
    tagsOf: (userId) => parts.members.tagsOf(userId),
    tagsOfMany: (userIds) => parts.members.tagsOfMany(userIds),
    async endLater(refs: readonly SessionRef[], cause: Cause) {
      // A key of its own: an ending by name waits for nothing.
      await parts.changes.make(bySystem, (change) =>
        change.push(sessionsEndedPush(`end:${randomToken(9)}`, refs, cause)),
      );
    },
  };
}

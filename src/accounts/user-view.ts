import { z } from 'zod';
import { isoTime } from '../kernel/clock.js';
import type { User } from './user-repository.js';

/** An account as staff see it: everything but the password. */
export const userView = z.object({
  id: z.uuid(),
  email: z.string(),
  username: z.string().nullable(),
  name: z.string().nullable(),
  roles: z.array(z.string()),
  verified: z.boolean(),
  disabled: z.boolean(),
  disabledAt: z.iso.datetime().nullable(),
  deletesAt: z.iso.datetime().nullable(),
  hasPassword: z.boolean(),
  createdOn: z.iso.datetime(),
  lastLicenceUpdate: z.iso.datetime().nullable(),
  updatedAt: z.iso.datetime(),
  version: z.number().int(),
});

/** The view of an account. Names each field, so that none gets out by being added to the row. */
export function viewOfUser(user: User) {
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    name: user.name,
    roles: user.roles,
    verified: user.verified,
    disabled: user.disabledAt !== null,
    disabledAt: isoTime(user.disabledAt),
    deletesAt: isoTime(user.deletesAt),
    hasPassword: user.hasPassword,
    createdOn: isoTime(user.createdOn),
    lastLicenceUpdate: isoTime(user.lastLicenceUpdate),
    updatedAt: isoTime(user.updatedAt),
    version: user.version,
  };
}

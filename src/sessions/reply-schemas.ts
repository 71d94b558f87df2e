import { z } from 'zod';

const time = z.iso.datetime();

/** The contract's session view: the answer of sign-in and of `GET /auth/session`. */
export const sessionView = z.object({
  user: z.object({
    id: z.string(),
    email: z.string(),
    username: z.string().nullable(),
    name: z.string().nullable(),
    verified: z.boolean(),
    roles: z.array(z.string()),
    permissions: z.array(z.string()),
  }),
  licence: z.object({ id: z.string(), serial: z.string(), name: z.string() }).nullable(),
  session: z.object({
    ref: z.string(),
    createdAt: time,
    lastSeenAt: time,
    expiresAt: time,
    absoluteExpiresAt: time,
    amr: z.array(z.string()),
    aal: z.number().int(),
  }),
  data: z.record(z.string(), z.unknown()),
  csrfToken: z.string().nullable(),
});

const client = z.object({
  userAgent: z.string(),
  ip: z.string(),
  browser: z.string(),
  os: z.string(),
});

const times = { createdAt: time, lastSeenAt: time, expiresAt: time };

/** One of a person's own sessions. */
export const ownSession = z.object({ ref: z.string(), current: z.boolean(), ...times, ...client.shape });

/** A live session as staff see it. */
export const staffSession = z.object({
  ref: z.string(),
  user: z.object({ id: z.string(), email: z.string(), username: z.string().nullable(), name: z.string().nullable() }),
  licence: z.object({ id: z.string(), name: z.string() }).nullable(),
  ...times,
  ...client.shape,
  /** False: staff or a licence manager who sits there without being counted. */
  takesSeat: z.boolean(),
});

/** How full a licence is. Null throughout for somebody who needs no seat. */
export const seatStatus = z.object({
  licenceId: z.string().nullable(),
  limit: z.number().int().nullable(),
  used: z.number().int().nullable(),
  free: z.number().int().nullable(),
});

const unknownClient = { userAgent: '', ip: '', browser: '', os: '' };

/** What lists show of a session's client, from the text in its record; empty where the record holds none. */
export function shownClient(text: string): z.output<typeof client> {
  try {
    return client.parse({ ...unknownClient, ...JSON.parse(text) });
  } catch {
    return unknownClient;
  }
}

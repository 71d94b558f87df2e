import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { isoTime } from '../kernel/clock.js';
import type { UserId } from '../kernel/ids.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { type Route, route } from '../kernel/route.js';
import { idParameter, line } from '../kernel/text.js';
import type { TokenRecordRow } from '../tokens/token-record-table.js';
import type { TokenRecords } from '../tokens/token-records.js';
import type { TokenService } from '../tokens/token-service.js';

/** What the staff routes of tokens work with. */
export interface StaffTokenParts {
  readonly tokens: Pick<TokenService, 'revoke'>;
  readonly records: Pick<TokenRecords, 'list'>;
}

const moment = z.iso.datetime();
const tokenView = z.object({
  jti: z.string(),
  userId: z.string(),
  ref: z.string(),
  audience: z.string(),
  once: z.boolean(),
  issuedAt: moment,
  expiresAt: moment,
  revokedAt: moment.nullable(),
  usedAt: moment.nullable(),
});

/** The routes by which staff see and revoke the tokens that sessions were exchanged for. */
export function staffTokenRoutes(parts: StaffTokenParts): Route<RoutePermission>[] {
  return [list(parts), revoke(parts)];
}

function list({ records }: StaffTokenParts) {
  return route({
    method: 'GET',
    path: '/admin/api/tokens',
    permission: 'session.list',
    summary: 'Tokens that were issued, newest first, until a day after their end',
    input: {
      query: z.strictObject({
        ...pageQuery,
        userId: idParameter<UserId>().optional(),
        audience: line(200).optional(),
      }),
    },
    replies: { 200: pageOf(tokenView) },
    async handle({ query }) {
      const { items, ...rest } = await records.list(query, pageRequest(query));
      return { status: 200, body: { items: items.map(viewOf), ...rest } };
    },
  });
}

function revoke({ tokens }: StaffTokenParts) {
  return route({
    method: 'DELETE',
    path: '/admin/api/tokens/:jti',
    permission: 'session.end',
    summary: 'Revoke a token. Applications that ask about it learn so at once',
    input: { params: z.strictObject({ jti: idParameter<UserId>() }) },
    replies: { 200: z.object({ revoked: z.number().int() }) },
    async handle({ params, actor, caller }) {
      return { status: 200, body: { revoked: (await tokens.revoke(params.jti, { actor, caller })) ? 1 : 0 } };
    },
  });
}

function viewOf({ issuedAt, expiresAt, revokedAt, usedAt, ...row }: TokenRecordRow): z.output<typeof tokenView> {
  const told = (at: Date | null) => isoTime(at);
  const { jti, userId, ref, audience, once } = row;
  return {
    ...{ jti, userId, ref, audience, once },
    issuedAt: isoTime(issuedAt),
    expiresAt: isoTime(expiresAt),
    revokedAt: told(revokedAt),
    usedAt: told(usedAt),
  };
}

import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { mostRoles, roleName } from '../access/role-forms.js';
import type { AccountService } from '../accounts/account-service.js';
import { handedOverPassword } from '../accounts/password-rules.js';
import type { Recovery } from '../accounts/recovery.js';
import { userSorts } from '../accounts/user-list.js';
import { userView, viewOfUser } from '../accounts/user-view.js';
import { username } from '../accounts/username.js';
import { isoTime } from '../kernel/clock.js';
import type { LicenceId, UserId } from '../kernel/ids.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { type Route, route } from '../kernel/route.js';
import { emailAddress, idParameter, isoInstant, line, searchText } from '../kernel/text.js';
import { versionNumber } from '../kernel/version.js';
import { changeReply, pendingOf, pendingReply } from '../platform/pending.js';
import type { UserActivity } from '../usage/user-activity.js';

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const one = z.strictObject({ id: idParameter<UserId>() });
// Without "@", so that no user name can be another account's address.
const fields = {
  email: emailAddress,
  username: username.nullable(),
  name: line(200).nullable(),
  password: handedOverPassword,
  roles: z.array(roleName).max(mostRoles),
  verified: z.boolean(),
};
const patch = z
  .strictObject({
    ...fields,
    password: z.never('must not be set by staff: start a reset with POST /admin/api/users/{id}/reset'),
    version: versionNumber,
  })
  .partial();
const changed = { 200: userView, 202: pendingOf(userView) };
/** `lastSignInAt`: null where it never did, or that is not kept any more. */
const listedUser = userView.extend({ lastSignInAt: z.iso.datetime().nullable() });
const shownUser = listedUser.extend({ sessions: z.number().int() });

type Activity = Pick<UserActivity, 'lastSignIns' | 'liveSessions'>;

/** The routes by which staff manage accounts. */
export function userRoutes(accounts: AccountService, activity: Activity): Route<RoutePermission>[] {
  return [
    list(accounts, activity),
    create(accounts),
    show(accounts, activity),
    change(accounts),
    remove(accounts),
    ...switches(accounts),
  ];
}

function list(accounts: AccountService, activity: Activity) {
  return route({
    method: 'GET',
    path: '/admin/api/users',
    permission: 'user.read',
    summary: 'Accounts, newest first unless another order is asked for',
    input: {
      query: z.strictObject({
        ...pageQuery,
        q: searchText.optional(),
        role: roleName.optional(),
        licenceId: idParameter<LicenceId>().optional(),
        disabled: flag.optional(),
        verified: flag.optional(),
        hasPassword: flag.optional(),
        createdFrom: isoInstant.optional(),
        createdTo: isoInstant.optional(),
        sort: z.enum(userSorts).optional(),
        order: z.enum(['asc', 'desc']).optional(),
      }),
    },
    replies: { 200: pageOf(listedUser) },
    async handle({ query, visible }) {
      const { limit: _limit, cursor: _cursor, ...filter } = query;
      const { items, ...rest } = await accounts.list({ ...filter, visible }, pageRequest(query));
      const lastOf = await activity.lastSignIns(items.map(({ id }) => id));
      const views = items.map((user) => ({ ...viewOfUser(user), lastSignInAt: isoTime(lastOf(user.id)) }));
      return { status: 200, body: { items: views, ...rest } };
    },
  });
}

function create(accounts: AccountService) {
  return route({
    method: 'POST',
    path: '/admin/api/users',
    permission: 'user.write',
    summary: 'A new account; its address counts as verified unless `verified` is false',
    input: { body: z.strictObject(fields).partial().required({ email: true }) },
    replies: { 201: userView },
    problems: ['already-exists', 'busy'],
    async handle({ body, actor, caller }) {
      return { status: 201, body: viewOfUser(await accounts.create(body, { actor, caller })) };
    },
  });
}

function show(accounts: AccountService, activity: Activity) {
  return route({
    method: 'GET',
    path: '/admin/api/users/:id',
    permission: 'user.read',
    summary: 'One account, when it last signed in, and how many live sessions it has',
    input: { params: one },
    replies: { 200: shownUser },
    problems: ['not-found'],
    async handle({ params }) {
      const user = await accounts.get(params.id);
      const [lastOf, sessions] = await Promise.all([activity.lastSignIns([user.id]), activity.liveSessions(user.id)]);
      return { status: 200, body: { ...viewOfUser(user), lastSignInAt: isoTime(lastOf(user.id)), sessions } };
    },
  });
}

function change(accounts: AccountService) {
  return route({
    method: 'PATCH',
    path: '/admin/api/users/:id',
    permission: 'user.write',
    summary: 'Change an account: its sessions learn of it, and end when staff rights are lost',
    input: { params: one, body: patch },
    replies: changed,
    problems: ['not-found', 'already-exists', 'stale-version', 'busy'],
    async handle({ params, body, actor, caller }) {
      const { result, reached } = await accounts.patch(params.id, body, { actor, caller });
      return changeReply(reached, 200, viewOfUser(result));
    },
  });
}

/** The route by which staff have somebody choose a new password. */
export function resetRoutes(recovery: Pick<Recovery, 'start'>): Route<RoutePermission>[] {
  return [
    route({
      method: 'POST',
      path: '/admin/api/users/:id/reset',
      permission: 'user.write',
      summary: 'Have somebody choose a new password: the old one and every session end at once, and a link is sent',
      input: { params: one },
      replies: changed,
      problems: ['not-found', 'mail-not-set-up'],
      async handle({ params, actor, caller }) {
        const { result, reached } = await recovery.start(params.id, { actor, caller });
        return changeReply(reached, 200, viewOfUser(result));
      },
    }),
  ];
}

function remove(accounts: AccountService) {
  return route({
    method: 'DELETE',
    path: '/admin/api/users/:id',
    permission: 'user.write',
    summary: 'Remove an account, its memberships and its sessions',
    input: { params: one },
    replies: { 204: null, 202: pendingReply },
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      return changeReply((await accounts.remove(params.id, { actor, caller })).reached, 204);
    },
  });
}

function switches(accounts: AccountService) {
  const summaries = {
    disable: 'Let nobody sign in with an account, and end its sessions',
    enable: 'Let people sign in with an account again',
  };
  return (['disable', 'enable'] as const).map((verb) =>
    route({
      method: 'POST',
      path: `/admin/api/users/:id/${verb}`,
      permission: 'user.write',
      summary: summaries[verb],
      input: { params: one },
      replies: changed,
      problems: ['not-found'],
      async handle({ params, actor, caller }) {
        const { result, reached } = await accounts[verb](params.id, { actor, caller });
        return changeReply(reached, 200, viewOfUser(result));
      },
    }),
  );
}

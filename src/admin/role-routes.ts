import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { appRoleName, grantedPermission, mostPermissions } from '../access/role-forms.js';
import type { AppRole, RoleService } from '../access/role-service.js';
import { isoTime } from '../kernel/clock.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { type Route, route } from '../kernel/route.js';
import { line } from '../kernel/text.js';
import { versionNumber } from '../kernel/version.js';
import { changeReply, pendingOf, pendingReply } from '../platform/pending.js';

const one = z.strictObject({ name: appRoleName });
const fields = {
  name: appRoleName,
  description: line(200).nullable().optional(),
  permissions: z.array(grantedPermission).max(mostPermissions),
  managersMayGive: z.boolean().optional(),
};
const { name: _name, ...changeable } = fields;
const roleView = z.object({
  name: z.string(),
  description: z.string().nullable(),
  /** What it grants: `resource:action`, `resource:*` or `*:*`. */
  permissions: z.array(z.string()),
  /** Whether licence managers may give it to members of theirs. */
  managersMayGive: z.boolean(),
  createdOn: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  version: z.number().int(),
});

/** The routes by which staff say what the roles of applications are. */
export function roleRoutes(roles: RoleService): Route<RoutePermission>[] {
  return [list(roles), create(roles), show(roles), change(roles), remove(roles)];
}

function list(roles: RoleService) {
  return route({
    method: 'GET',
    path: '/admin/api/roles',
    permission: 'role.read',
    // To them, those they may give.
    managers: { names: () => ({}), narrowed: true },
    summary: 'The roles of applications, by name',
    input: { query: z.strictObject(pageQuery) },
    replies: { 200: pageOf(roleView) },
    async handle({ query, visible }) {
      const { items, ...rest } = await roles.list(visible, pageRequest(query));
      return { status: 200, body: { items: items.map(viewOf), ...rest } };
    },
  });
}

function create(roles: RoleService) {
  return route({
    method: 'POST',
    path: '/admin/api/roles',
    permission: 'role.write',
    summary: 'A new role of an application, which nobody has yet',
    input: { body: z.strictObject(fields) },
    replies: { 201: roleView },
    problems: ['already-exists'],
    async handle({ body, actor, caller }) {
      return { status: 201, body: viewOf(await roles.create(body, { actor, caller })) };
    },
  });
}

function show(roles: RoleService) {
  return route({
    method: 'GET',
    path: '/admin/api/roles/:name',
    permission: 'role.read',
    summary: 'One role of an application',
    input: { params: one },
    replies: { 200: roleView },
    problems: ['not-found'],
    async handle({ params }) {
      return { status: 200, body: viewOf(await roles.get(params.name)) };
    },
  });
}

function change(roles: RoleService) {
  return route({
    method: 'PATCH',
    path: '/admin/api/roles/:name',
    permission: 'role.write',
    summary: 'Change what a role grants: the sessions of all who hold it learn of it, and nobody is signed out',
    input: { params: one, body: z.strictObject({ ...changeable, version: versionNumber }).partial() },
    replies: { 200: roleView, 202: pendingOf(roleView) },
    problems: ['not-found', 'stale-version'],
    async handle({ params, body, actor, caller }) {
      const { result, reached } = await roles.patch(params.name, body, { actor, caller });
      return changeReply(reached, 200, viewOf(result));
    },
  });
}

function remove(roles: RoleService) {
  return route({
    method: 'DELETE',
    path: '/admin/api/roles/:name',
    permission: 'role.write',
    summary: 'Remove a role, and take it from everybody who holds it',
    input: { params: one },
    replies: { 204: null, 202: pendingReply },
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      return changeReply((await roles.remove(params.name, { actor, caller })).reached, 204);
    },
  });
}

function viewOf({ createdOn, updatedAt, ...rest }: AppRole): z.output<typeof roleView> {
  const { name, description, permissions, managersMayGive, version } = rest;
  const times = { createdOn: isoTime(createdOn), updatedAt: isoTime(updatedAt) };
  return { name, description, permissions, managersMayGive, ...times, version };
}

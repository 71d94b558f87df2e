import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import { isoTime } from '../kernel/clock.js';
import type { OwnerId } from '../kernel/ids.js';
import { pageOf, pageQuery, pageRequest } from '../kernel/page.js';
import { type Route, route } from '../kernel/route.js';
import { emailAddress, idParameter, line, lines, searchText } from '../kernel/text.js';
import { versionNumber } from '../kernel/version.js';
import type { Visibility } from '../kernel/visibility.js';
import type { OwnerService } from '../licences/owner-service.js';
import type { OwnerRow } from '../licences/owner-table.js';

const one = z.strictObject({ id: idParameter<OwnerId>() });
const extra = z
  .record(line(64), lines(2000))
  .refine((fields) => Object.keys(fields).length <= 50, 'must have at most 50 fields');
const fields = {
  name: line(200),
  surname: line(200).nullable(),
  email: emailAddress.nullable(),
  comments: lines(10_000).nullable(),
  affiliation: line(300).nullable(),
  extra,
};

const ownerView = z.object({
  id: z.uuid(),
  name: z.string(),
  surname: z.string().nullable(),
  email: z.string().nullable(),
  /** Null to licence managers: these are the notes of staff. */
  comments: z.string().nullable(),
  affiliation: z.string().nullable(),
  extra: z.record(z.string(), z.string()),
  createdOn: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  version: z.number().int(),
});

/** The routes by which staff manage owners. */
export function ownerRoutes(owners: OwnerService): Route<RoutePermission>[] {
  return [list(owners), create(owners), show(owners), change(owners), remove(owners)];
}

function list(owners: OwnerService) {
  return route({
    method: 'GET',
    path: '/admin/api/owners',
    permission: 'owner.read',
    managers: { names: () => ({}), narrowed: true },
    summary: 'Owners, newest first',
    input: { query: z.strictObject({ ...pageQuery, q: searchText.optional() }) },
    replies: { 200: pageOf(ownerView) },
    async handle({ query, visible }) {
      const { items, ...rest } = await owners.list({ visible, q: query.q }, pageRequest(query));
      return { status: 200, body: { items: items.map((row) => viewFor(visible, row)), ...rest } };
    },
  });
}

function create(owners: OwnerService) {
  return route({
    method: 'POST',
    path: '/admin/api/owners',
    permission: 'owner.write',
    summary: 'A new owner: an institute or a person that holds licences',
    input: { body: z.strictObject(fields).partial().required({ name: true }) },
    replies: { 201: ownerView },
    async handle({ body, actor, caller }) {
      return { status: 201, body: viewOf(await owners.create(body, { actor, caller })) };
    },
  });
}

function show(owners: OwnerService) {
  return route({
    method: 'GET',
    path: '/admin/api/owners/:id',
    permission: 'owner.read',
    managers: { names: ({ params }) => ({ owner: params.id }) },
    summary: 'One owner',
    input: { params: one },
    replies: { 200: ownerView },
    problems: ['not-found'],
    async handle({ params, visible }) {
      return { status: 200, body: viewFor(visible, await owners.get(params.id)) };
    },
  });
}

function change(owners: OwnerService) {
  return route({
    method: 'PATCH',
    path: '/admin/api/owners/:id',
    permission: 'owner.write',
    summary: 'Change an owner',
    input: {
      params: one,
      body: z
        .strictObject({
          ...fields,
          version: versionNumber,
        })
        .partial(),
    },
    replies: { 200: ownerView },
    problems: ['not-found', 'stale-version'],
    async handle({ params, body, actor, caller }) {
      return { status: 200, body: viewOf(await owners.patch(params.id, body, { actor, caller })) };
    },
  });
}

function remove(owners: OwnerService) {
  return route({
    method: 'DELETE',
    path: '/admin/api/owners/:id',
    permission: 'owner.write',
    summary: 'Remove an owner that holds no licences',
    input: { params: one },
    replies: { 204: null },
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      await owners.remove(params.id, { actor, caller });
      return { status: 204 };
    },
  });
}

/** What staff note about an owner is not for those who manage its licences (ASVS 8.2.3). */
function viewFor(visible: Visibility, row: OwnerRow): z.output<typeof ownerView> {
  return visible === 'everything' ? viewOf(row) : { ...viewOf(row), comments: null };
}

function viewOf(row: OwnerRow): z.output<typeof ownerView> {
  const { createdOn, updatedAt, ...rest } = row;
  return { ...rest, createdOn: isoTime(createdOn), updatedAt: isoTime(updatedAt) };
}

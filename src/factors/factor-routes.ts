import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import type { UserId } from '../kernel/ids.js';
import { type Route, route } from '../kernel/route.js';
import { idParameter } from '../kernel/text.js';
import { changeReply, pendingReply } from '../platform/pending.js';
import { factorName, freshForFactors } from './enrolment-routes.js';
import type { FactorService } from './factor-service.js';
import { factorList, factorView, viewOfFactor, viewOfFactors } from './factor-view.js';

const one = z.strictObject({ id: idParameter<string>() });
const ofUser = z.strictObject({ id: idParameter<UserId>() });
const oneOfUser = z.strictObject({ id: idParameter<UserId>(), factorId: idParameter<string>() });
const gone = { 204: null, 202: pendingReply };

/** The routes by which people manage the factors they have, and staff those of others. */
export function factorRoutes(service: FactorService): Route<RoutePermission>[] {
  return [list(service), rename(service), remove(service), listOf(service), removeOf(service), reset(service)];
}

function list(service: FactorService) {
  return route({
    method: 'GET',
    path: '/auth/factors',
    permission: 'session',
    summary: 'The own second factors, whether one is required, which may be removed, and what can be enrolled',
    input: {},
    replies: { 200: factorList },
    async handle({ actor }) {
      const { held, ...rest } = await service.list(actor.person.id);
      return { status: 200, body: viewOfFactors(held, rest) };
    },
  });
}

function rename(service: FactorService) {
  return route({
    method: 'PATCH',
    path: '/auth/factors/:id',
    permission: 'session',
    stepUp: freshForFactors,
    summary: 'Give one of the own factors another name',
    input: { params: one, body: z.strictObject({ name: factorName }) },
    replies: { 200: factorView },
    problems: ['not-found'],
    async handle({ params, body, actor, caller }) {
      return { status: 200, body: viewOfFactor(await service.rename(actor, caller, params.id, body.name)) };
    },
  });
}

function remove(service: FactorService) {
  return route({
    method: 'DELETE',
    path: '/auth/factors/:id',
    permission: 'session',
    stepUp: freshForFactors,
    summary: 'Remove one of the own factors: every other session ends. The recovery codes go with the last factor',
    input: { params: one },
    replies: gone,
    problems: ['not-found', 'last-factor'],
    async handle({ params, actor, caller }) {
      return changeReply((await service.remove(actor, caller, params.id)).reached, 204);
    },
  });
}

function listOf(service: FactorService) {
  return route({
    method: 'GET',
    path: '/admin/api/users/:id/factors',
    permission: 'user.read',
    summary: 'The second factors of an account',
    input: { params: ofUser },
    replies: { 200: factorList },
    problems: ['not-found'],
    async handle({ params }) {
      const { held, ...rest } = await service.list(params.id);
      return { status: 200, body: viewOfFactors(held, rest) };
    },
  });
}

function removeOf(service: FactorService) {
  return route({
    method: 'DELETE',
    path: '/admin/api/users/:id/factors/:factorId',
    permission: 'user.write',
    summary: 'Remove a second factor of somebody who has lost it: their sessions end, and they are told',
    input: { params: oneOfUser },
    replies: gone,
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      return changeReply((await service.removeOf(params.id, params.factorId, { actor, caller })).reached, 204);
    },
  });
}

function reset(service: FactorService) {
  return route({
    method: 'DELETE',
    path: '/admin/api/users/:id/factors',
    permission: 'user.write',
    summary: 'Remove all second factors of somebody who has lost them: their sessions end, and they are told',
    input: { params: ofUser },
    replies: gone,
    problems: ['not-found'],
    async handle({ params, actor, caller }) {
      return changeReply((await service.reset(params.id, { actor, caller })).reached, 204);
    },
  });
}

import { type Example, given } from './example.js';

const term = { validFrom: '2026-10-01T00:00:00Z', validTo: '2027-09-30T22:00:00Z' };
const month = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };

/** How staff call what is about others. */
export const staffExamples: Readonly<Record<string, readonly Example[]>> = {
  'GET /admin/api/sessions': [
    { summary: 'Who sits in a licence', query: { licenceId: given.licence } },
    { summary: 'Where a person sits', query: { q: 'anna' } },
  ],
  'DELETE /admin/api/sessions/:ref': [
    { summary: 'With words for the person', query: { message: 'Please save your work: maintenance at noon' } },
  ],
  'POST /admin/api/sessions/end': [
    {
      summary: 'Count first: all of a licence that were idle for half an hour',
      body: { filter: { licenceId: given.licence, idleForSeconds: 1800 }, dryRun: true },
      answer: [200, { matched: 0, ended: 0, more: false, blocked: 0, at: '2026-03-01T09:30:00.000Z' }],
    },
    {
      summary: 'Then end those, none that came since, and at most two hundred a call',
      body: {
        filter: { licenceId: given.licence, idleForSeconds: 1800, openedBefore: '2026-03-01T09:30:00.000Z' },
        atMost: 200,
      },
    },
    {
      summary: 'One person’s, and keep them out',
      body: { filter: { userId: given.user }, message: 'Please call us', block: true },
    },
  ],
  'GET /admin/api/sign-ins': [{ summary: 'One person’s in March', query: { userId: given.user, ...month } }],
  'GET /admin/api/audit': [
    { summary: 'What became of a licence', query: { targetType: 'licence', targetId: given.licence } },
  ],
  'GET /admin/api/owners': [{ summary: 'By a part of the name', query: { q: 'institute' } }],
  'POST /admin/api/owners': [
    {
      summary: 'An institute',
      body: {
        ...{ name: 'Institute of Examples', email: 'office@institute.example', affiliation: 'University of Examples' },
        extra: { room: 'B 12' },
      },
    },
  ],
  'PATCH /admin/api/owners/:id': [
    { summary: 'Another address', body: { email: 'desk@institute.example', version: 1 } },
  ],
  'POST /admin/api/owners/:id/managers': [{ summary: 'Make somebody a manager', body: { userId: given.user } }],
  'GET /admin/api/users': [
    {
      summary: 'Members of a licence who have never verified their address',
      query: { licenceId: given.licence, verified: 'false' },
    },
    { summary: 'By a part of name or address', query: { q: 'anna', sort: 'email', order: 'asc' } },
  ],
  'POST /admin/api/users': [
    { summary: 'Somebody who sets a password by a link', body: { email: 'ben@institute.example', name: 'Ben' } },
    { summary: 'With a password', body: { email: 'chloe@institute.example', password: given.password } },
  ],
  'PATCH /admin/api/users/:id': [{ summary: 'Another name', body: { name: 'Anna Berg', version: 1 } }],
  'GET /admin/api/licences': [{ summary: 'All of an owner', query: { ownerId: given.owner } }],
  'POST /admin/api/licences': [
    { summary: 'Fifty seats for a year', body: { ownerId: given.owner, name: 'Examples', seats: 50, ...term } },
    {
      summary: 'Ninety days from the first sign-in, and what is tried when no seat is free',
      body: {
        ...{ ownerId: given.owner, name: 'Course', seats: 25, durationDays: 90 },
        policy: {
          whenFull: [{ step: 'reclaim-idle', idleMinutes: 20 }, 'end-own', { step: 'displace', which: 'oldest' }],
          maxSessionsPerUser: 2,
        },
      },
    },
  ],
  'PATCH /admin/api/licences/:id': [
    { summary: 'More seats', body: { seats: 60, version: 1 } },
    { summary: 'Fewer seats, and nobody has to go', body: { seats: 8, whenLowered: 'drain', version: 1 } },
  ],
  'POST /admin/api/licences/:id/policy/preview': [
    {
      summary: 'What would happen with fewer seats and another policy',
      body: { seats: 40, policy: { whenFull: [{ step: 'reclaim-idle', idleMinutes: 20 }, 'refuse'] } },
    },
  ],
  'POST /admin/api/licences/:id/suspend': [
    { summary: 'At once', body: { mode: 'end' } },
    { summary: 'Those inside may finish', body: { mode: 'drain' } },
  ],
  'POST /admin/api/licences/:id/renew': [{ summary: 'For another year', body: { durationDays: 365 } }],
  'POST /admin/api/licences/:id/members': [
    { summary: 'One account', body: { userId: given.user } },
    {
      summary: 'A list; who has no account is invited',
      body: { emails: [given.newcomer, 'dev@institute.example'], invite: true },
    },
    { summary: 'A file', body: { csv: 'email,name\nguest@institute.example,Guest\n', invite: true } },
  ],
  'PATCH /admin/api/licences/:id/members/:userId': [
    { summary: 'Try this licence first when they name none', body: { rank: 1 } },
  ],
  'POST /admin/api/licences/:id/invitations': [
    { summary: 'By e-mail', body: { emails: ['emil@institute.example'], name: 'Emil' } },
  ],
  'POST /admin/api/licences/:id/managers': [{ summary: 'Make somebody a manager', body: { userId: given.user } }],
  'GET /admin/api/licences/:id/usage': [{ summary: 'Day by day', query: { ...month, bucket: 'day' } }],
  'GET /admin/api/licences/:id/denials': [
    { summary: 'Month by month, as a file', query: { bucket: 'month', format: 'csv' } },
  ],
  'GET /admin/api/explain': [
    { summary: 'Why Anna was turned away', query: { user: given.email, at: '2026-03-02T09:15:00+01:00' } },
  ],
  'POST /admin/api/roles': [
    {
      summary: 'Everything about exams, and reading reports',
      body: { name: 'exams:editor', permissions: ['exam:*', 'report:read'], managersMayGive: true },
    },
  ],
  'PATCH /admin/api/roles/:name': [{ summary: 'Fewer permissions', body: { permissions: ['exam:*'], version: 1 } }],
  'GET /admin/api/tokens': [{ summary: 'What was issued to somebody', query: { userId: given.user } }],
};

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Example, given } from '../../src/http/examples/example.js';
import { ownExamples } from '../../src/http/examples/own.js';
import { staffExamples } from '../../src/http/examples/staff.js';
import { audience } from '../support/audience.js';
import { DocumentSchemas } from '../support/document-schemas.js';
import type { Guest } from '../support/guest.js';
import { type RouteCall, routeCalls, routeRoles, type Subject, targetOf } from '../support/route-calls.js';
import { Subjects } from '../support/subjects.js';
import type { Answered } from '../support/web-lab.js';
import { WholeServer } from '../support/whole-server.js';
import { password } from '../support/world.js';

const examples: Readonly<Record<string, readonly Example[]>> = { ...ownExamples, ...staffExamples };
const cases = Object.entries(examples).flatMap(([name, all]) => all.map((one) => [name, one.summary, one] as const));

let server: WholeServer;
let subjects: Subjects;
let shared: Awaited<ReturnType<Subjects['one']>>;
let staff: Guest;
// biome-ignore lint/suspicious/noExplicitAny: the OpenAPI document is looked into as it is.
let document: any;
let documents: DocumentSchemas;

beforeAll(async () => {
  server = await WholeServer.start();
  subjects = new Subjects(server);
  shared = await subjects.one();
  staff = await server.world.staff('admin');
  for (const name of Object.values(routeRoles))
    await server.world.root.must(201, 'POST', '/admin/api/roles', { name, permissions: ['report:write'] });
  document = (await server.client.ask('GET', '/openapi.json')).json;
  documents = new DocumentSchemas(document);
}, 60_000);

afterAll(() => server?.stop());

function described(name: string) {
  const [method = '', path = ''] = name.split(' ');
  return document.paths[path.replace(/:(\w+)/g, '{$1}')][method.toLowerCase()];
}

/** The secret a call needs where the test has a real one; the others are well-formed and nobody's. */
function tokenOf(name: string, { ticket, invitation, factors }: Subject): string | null {
  if (name === 'POST /auth/login/seat') return ticket;
  if (name === 'POST /auth/invitations/accept') return invitation.token;
  if (name === 'POST /auth/factors/passkeys') return factors?.passkey.token ?? null;
  return null;
}

/** Whether it is well-formed and nobody's: where its secret would come from, its success is shown by tests of its own. */
function isNobodys(name: string, { body }: Example): boolean {
  const hasSecret = JSON.stringify(body ?? {}).includes(given.token);
  return hasSecret && !/\/login\/seat|\/invitations\/|\/factors\/passkeys|\/auth\/token\//.test(name);
}

/** Whether the call leaves something behind that other examples would trip over. */
function changes(name: string, example: Example): boolean {
  return !name.startsWith('GET ') && name !== 'POST /auth/login' && !isNobodys(name, example);
}

function ownSubject(name: string) {
  return subjects.one({
    invited: name === 'POST /auth/invitations/accept',
    waiting: name === 'POST /auth/login/seat',
    enrolled: /factors/.test(name),
  });
}

/** The example with what there is in the world of the test. Addresses and roles are new each time. */
function inWorld<Part>(part: Part, name: string, subject: Subject): Part {
  const user = name === 'POST /admin/api/licences/:id/members' ? subject.outsider.id : subject.member.id;
  const written: readonly (readonly [string, string])[] = [
    [given.ref, subject.ref],
    [given.licence, subject.licenceId],
    [given.owner, subject.ownerId],
    [given.user, user],
    [given.newcomer, subject.outsider.email],
    [given.email, subject.member.email],
    [given.password, password],
    [given.token, tokenOf(name, subject) ?? given.token],
    [given.audience, audience.name],
    [given.secret, audience.secret],
    ['492039', subject.factors?.app.code ?? '492039'],
    ['@institute.example', `@${randomBytes(6).toString('hex')}.example`],
    ['exams:editor', `exams:e${randomBytes(6).toString('hex')}`],
  ];
  const text = written.reduce((all, [from, to]) => all.replaceAll(from, to), JSON.stringify(part));
  return JSON.parse(text);
}

/** A house whose one seat is taken, by somebody else. */
async function fullHouse(subject: Subject): Promise<Subject> {
  const house = await server.world.institute({ seats: 1, policy: { whenFull: ['refuse'] } });
  await server.world.enter(house.member);
  await server.world.join(house.licenceId, house.outsider);
  return { ...subject, ...house, member: house.outsider };
}

/** Makes the call of the example. */
async function make(name: string, example: Example, subject: Subject, member: Guest): Promise<Answered> {
  const [method = '', path = ''] = name.split(' ');
  const call: RouteCall | undefined = routeCalls[name]?.(subject);
  const isOwn = server.usher.web.routes.some(
    (route) => route.method === method && route.path === path && route.permission === 'session',
  );
  const isPublic = described(name).security.length === 0 && name !== 'POST /auth/resume';
  const guest = name.includes('/admin/api/') ? staff : isOwn || !isPublic ? member : server.nobody;
  const body = example.body === undefined ? undefined : inWorld(example.body, name, subject);
  const passkey = name === 'POST /auth/factors/passkeys' ? { response: subject.factors?.passkey.response } : {};
  const target = targetOf({
    status: 200,
    path: call?.path ?? path,
    ...(example.query !== undefined && { query: inWorld(example.query, name, subject) }),
  });
  return guest.ask(method, target, body === undefined ? {} : { body: { ...body, ...passkey } });
}

/** The names of the fields of an answer, all the way down; what lists hold is not looked into. */
function fieldsOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, fieldsOf(field)]));
}

describe('the OpenAPI document', () => {
  it('shows an example of every call that has to be given something', () => {
    const wanting = Object.entries<Record<string, { requestBody?: { required: boolean } }>>(document.paths)
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { requestBody }]) => ({
          name: `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
          required: requestBody?.required === true,
        })),
      )
      .filter(({ name, required }) => required && examples[name] === undefined)
      .map(({ name }) => name);
    expect(wanting).toEqual([]);
  });

  it('shows examples of what there is, and all of them', () => {
    for (const [name, all] of Object.entries(examples)) {
      const { parameters, requestBody, responses } = described(name);
      const bodies = Object.values<{ value: unknown }>(requestBody?.content['application/json'].examples ?? {});
      expect([name, bodies.map(({ value }) => value)]).toEqual([name, all.flatMap(({ body }) => body ?? [])]);
      const shown = parameters.flatMap((parameter: { examples?: object }) => Object.values(parameter.examples ?? {}));
      const queries = all.flatMap(({ query }) => Object.values(query ?? {}));
      expect([name, shown.map(({ value }: { value: string }) => value).sort()]).toEqual([name, queries.sort()]);
      for (const { answer } of all) {
        if (answer === undefined) continue;
        const [content] = Object.values<{ examples: object }>(responses[answer[0]].content);
        expect(Object.values(content?.examples ?? {}).map(({ value }) => value)).toContainEqual(answer[1]);
      }
    }
  });
});

describe.each(cases)('the example of %s: %s', (name, _summary, example) => {
  it('is answered as the document tells', async () => {
    const { subject: made, member } = changes(name, example) ? await ownSubject(name) : shared;
    const subject = example.answer?.[0] === 409 ? await fullHouse(made) : made;
    const { status, json } = await make(name, example, subject, member);
    const told = Object.keys(described(name).responses).map(Number);
    const expected =
      example.answer?.[0] ?? (isNobodys(name, example) ? 401 : told.find((good) => good === status && good < 300));
    expect([status, json?.errors]).toEqual([expected, undefined]);
    if (example.answer === undefined) return;
    expect(fieldsOf(json)).toEqual(fieldsOf(example.answer[1]));
    const [content] = Object.values<{ schema: object }>(described(name).responses[status].content);
    expect(documents.faults(content?.schema ?? {}, example.answer[1])).toEqual([]);
  });
});

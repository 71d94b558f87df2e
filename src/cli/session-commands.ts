import type { Command } from 'commander';
import { z } from 'zod';
import type { Tools } from '../compose/tools.js';
import { isoTime } from '../kernel/clock.js';
import { lines } from '../kernel/text.js';
import { licenceOfTag, parseRef, type SessionRef } from '../sessions/session-id.js';
import type { EndCounts, SessionFilter } from '../sessions/session-service.js';
import type { Cause, ListedSession } from '../sessions/store.js';
import { argumentOf, licenceNamed, optionOf, userNamed } from './find.js';
import { listLimit, pagesOf } from './pages.js';
import { CommandFailed } from './terminal.js';
import type { Workshop } from './workshop.js';

const idleMinutes = z.coerce.number().min(0).max(525_600);

interface Named {
  readonly licence?: string;
  readonly user?: string;
}

interface EndOptions extends Named {
  readonly idle?: string;
  readonly all?: true;
  readonly message?: string;
  readonly dryRun?: true;
}

/** `usher session …`: who is signed in. */
export function addSessionCommands(program: Command, workshop: Workshop): void {
  const session = program.command('session').description('live sessions');
  session
    .command('list')
    .description('who is signed in, by licence, newest first')
    .option('--licence <licence>', 'only in this licence (id or serial)')
    .option('--user <user>', 'only of this account (id, e-mail address or user name)')
    .option('--limit <n>', 'at most so many', '50')
    .action((options: Named & { limit: string }, command: Command) =>
      workshop.withTools(async (tools) => {
        const filter = await filterOf(tools, options);
        const limit = argumentOf('--limit', options.limit, listLimit);
        const { items, total } = await pagesOf(limit, (page) => tools.sessions.list(filter, page));
        const views = items.map(viewOf);
        const rows = views.map((one) => [one.ref, one.email, one.createdAt, one.lastSeenAt, one.expiresAt, one.ip]);
        const head = ['ref', 'user', 'since', 'last seen', 'expires', 'address'];
        workshop.tellRows(command, { items: views, total }, head, rows, total);
      }),
    );
  session
    .command('end')
    .description('ends sessions: those named by ref, or all that every option fits')
    .argument('[ref...]', 'refs, as `usher session list` shows them')
    .option('--licence <licence>', 'those in this licence (id or serial)')
    .option('--user <user>', 'those of this account (id, e-mail address or user name)')
    .option('--idle <minutes>', 'those that were not used for so long')
    .option('--all', 'every session there is, your own among them')
    .option('--message <text>', 'what the ended browsers are told')
    .option('--dry-run', 'only counts')
    .action((refs: string[], options: EndOptions, command: Command) =>
      workshop.withTools(async (tools) => {
        const message = optionOf('--message', options.message, lines(200));
        const cause: Cause = { reason: 'ended-by-staff', ...(message ? { message } : {}) };
        const narrowed = [options.licence, options.user, options.idle].some((given) => given !== undefined);
        if (refs.length > 0 && (narrowed || options.all)) {
          throw new CommandFailed('Give refs, or options that say which sessions are meant: not both', 64);
        }
        if (refs.length > 0) return endNamed(workshop, tools, command, { refs, cause, dryRun: options.dryRun });
        if (!narrowed && !options.all) {
          throw new CommandFailed(
            'Say which: refs, --licence, --user, --idle, or --all for every session there is',
            64,
          );
        }
        return endMatching(workshop, tools, command, { options, cause });
      }),
    );
}

async function endNamed(
  workshop: Workshop,
  tools: Tools,
  command: Command,
  { refs, cause, dryRun }: { refs: readonly string[]; cause: Cause; dryRun: true | undefined },
): Promise<void> {
  const parsed = refs.map((text) => {
    const ref = parseRef(text);
    if (ref === null) throw new CommandFailed(`"${text}" is no ref of a session`, 64);
    return ref;
  });
  if (dryRun) return workshop.tell(command, { matched: parsed.length, ended: 0 }, () => `${parsed.length} named.\n`);
  const outcome = await tools.sessions.end(parsed, cause);
  await audited(workshop, tools, parsed, cause);
  if (outcome.kind === 'pending') {
    workshop.tell(command, { pending: true }, () => '');
    return workshop.sayPending('pending');
  }
  workshop.tell(command, { ended: outcome.ended }, () => `${outcome.ended} ended.\n`);
}

async function endMatching(
  workshop: Workshop,
  tools: Tools,
  command: Command,
  { options, cause }: { options: EndOptions; cause: Cause },
): Promise<void> {
  const idle = optionOf('--idle', options.idle, idleMinutes);
  const filter = {
    ...(await filterOf(tools, options)),
    ...(idle === undefined ? {} : { traits: { idleMs: idle * 60_000 } }),
  };
  const sum = { matched: 0, ended: 0, pending: false };
  const way = { spared: '', dryRun: options.dryRun === true, cause };
  let cursor: string | null = null;
  do {
    const part: EndCounts = await tools.sessions.endMatching(filter, { ...way, ...(cursor !== null && { cursor }) });
    sum.matched += part.matched;
    sum.ended += part.ended;
    sum.pending ||= part.pending;
    cursor = part.nextCursor;
  } while (cursor !== null);
  if (sum.ended > 0 || sum.pending) await auditedFilter(workshop, tools, filter, sum.ended, cause);
  const verb = options.dryRun === true ? `${sum.matched} would be ended.\n` : `${sum.ended} ended.\n`;
  workshop.tell(command, sum, () => verb);
  workshop.sayPending(sum.pending ? 'pending' : 'applied');
}

async function filterOf(tools: Tools, { licence, user }: Named): Promise<SessionFilter> {
  return {
    visible: 'everything',
    ...(licence === undefined ? {} : { licenceId: (await licenceNamed(tools, licence)).id }),
    ...(user === undefined ? {} : { userIds: [(await userNamed(tools, user)).id] }),
  };
}

/** The history tells of each ending; the audit log tells who ordered it. */
async function audited(workshop: Workshop, tools: Tools, refs: readonly SessionRef[], cause: Cause): Promise<void> {
  const detail = { reason: cause.reason, message: cause.message ?? null };
  await tools.changes.make(workshop.by, (change) =>
    change.audit(
      ...refs.map(({ tag, handle }) => ({
        action: 'session.ended' as const,
        target: { type: 'session' as const, id: `${tag}.${handle}` },
        detail,
      })),
    ),
  );
}

async function auditedFilter(
  workshop: Workshop,
  tools: Tools,
  filter: SessionFilter,
  ended: number,
  cause: Cause,
): Promise<void> {
  const { visible: _, traits, ...which } = filter;
  const idle = traits?.idleMs === undefined ? {} : { idleForMs: traits.idleMs };
  const detail = { ...which, ...idle, ended, reason: cause.reason, message: cause.message ?? null };
  const id = filter.licenceId ?? filter.userIds?.[0] ?? '';
  await tools.changes.make(workshop.by, (change) =>
    change.audit({ action: 'session.ended', target: { type: 'session', id }, detail }),
  );
}

function viewOf(session: ListedSession) {
  const person = JSON.parse(session.snapshot.person) as { id: string; email: string };
  const client = JSON.parse(session.client) as { ip?: string; browser?: string; os?: string };
  return {
    ref: session.ref,
    licenceId: licenceOfTag(session.tag),
    userId: session.userId,
    email: person.email,
    createdAt: isoTime(session.createdAtMs),
    lastSeenAt: isoTime(session.lastSeenAtMs),
    expiresAt: isoTime(session.expiresAtMs),
    ip: client.ip ?? null,
    browser: client.browser ?? null,
    os: client.os ?? null,
  };
}

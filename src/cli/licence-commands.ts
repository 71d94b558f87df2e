import type { Command } from 'commander';
import { z } from 'zod';
import type { Tools } from '../compose/tools.js';
import { isoTime } from '../kernel/clock.js';
import type { OwnerId } from '../kernel/ids.js';
import { idParameter, isoInstant, line, searchText } from '../kernel/text.js';
import type { Licence } from '../licences/licence-repository.js';
import { longestTermDays, startsOnFirstUse } from '../licences/validity.js';
import type { Reached } from '../platform/pending.js';
import { licenceTag } from '../sessions/session-id.js';
import { argumentOf, licenceNamed, optionOf } from './find.js';
import { listLimit, pagesOf } from './pages.js';
import type { Workshop } from './workshop.js';

const seatCount = z.coerce.number().int().min(0).max(10_000_000);
const termDays = z.coerce.number().int().min(1).max(longestTermDays);

/** `usher licence …`: licences and their seats. */
export function addLicenceCommands(program: Command, workshop: Workshop): Command {
  const licence = program.command('licence').description('licences, their seats and members');
  addList(licence, workshop);
  licence
    .command('show')
    .description('one licence')
    .argument('<licence>', 'id or serial')
    .action((named: string, _options: object, command: Command) =>
      workshop.withTools(async (tools) => show(workshop, tools, command, await licenceNamed(tools, named))),
    );
  addCreate(licence, workshop);
  addLife(licence, workshop);
  addSeats(licence, workshop);
  return licence;
}

function addList(licence: Command, workshop: Workshop): void {
  licence
    .command('list')
    .description('licences, newest first, with the seats in use')
    .option('--q <text>', 'only those with the text in name or serial')
    .option('--owner <id>', 'only those of this owner')
    .option('--limit <n>', 'at most so many', '50')
    .action((options: { q?: string; owner?: string; limit: string }, command: Command) =>
      workshop.withTools(async (tools) => {
        const filter = {
          visible: 'everything' as const,
          q: optionOf('--q', options.q, searchText),
          ownerId: optionOf('--owner', options.owner, idParameter<OwnerId>()),
        };
        const limit = argumentOf('--limit', options.limit, listLimit);
        const { items, total } = await pagesOf(limit, (page) => tools.licences.list(filter, page));
        const views = await Promise.all(items.map((one) => viewOf(tools, one)));
        const rows = views.map(({ id, serial, name, seats, used, state, validTo }) => [
          id,
          serial,
          name,
          `${used ?? '?'}/${seats}`,
          state,
          validTo,
        ]);
        const head = ['id', 'serial', 'name', 'seats', 'state', 'valid to'];
        workshop.tellRows(command, { items: views, total }, head, rows, total);
      }),
    );
}

function addCreate(licence: Command, workshop: Workshop): void {
  licence
    .command('create')
    .description('makes a licence of an owner, who is made too with --new-owner')
    .option('--owner <id>', 'the owner')
    .option('--new-owner <name>', 'the name of an owner to be made')
    .requiredOption('--name <name>', 'its name')
    .requiredOption('--seats <n>', 'how many may be in at once')
    .option('--from <time>', 'valid from this time (ISO 8601)')
    .option('--to <time>', 'valid until before this time')
    .option('--days <n>', 'valid for so many days, from --from or else from the first use')
    .action(
      (
        options: {
          owner?: string;
          newOwner?: string;
          name: string;
          seats: string;
          from?: string;
          to?: string;
          days?: string;
        },
        command: Command,
      ) =>
        workshop.withTools(async (tools) => {
          const given = {
            name: argumentOf('--name', options.name, line(200)),
            seats: argumentOf('--seats', options.seats, seatCount),
            validFrom: optionOf('--from', options.from, isoInstant),
            validTo: optionOf('--to', options.to, isoInstant),
            durationDays: optionOf('--days', options.days, termDays),
          };
          const ownerId = await ownerFor(workshop, tools, options);
          const { result, reached } = await tools.licences.create({ ...given, ownerId }, workshop.by);
          await show(workshop, tools, command, result, reached);
        }),
    );
}

async function ownerFor(
  workshop: Workshop,
  tools: Tools,
  options: { owner?: string; newOwner?: string },
): Promise<OwnerId> {
  const either = z.string({ error: 'give --owner or --new-owner, and not both' });
  const named = options.owner !== undefined && options.newOwner !== undefined ? undefined : options;
  argumentOf('--owner', named?.owner ?? named?.newOwner, either);
  if (options.newOwner === undefined) return argumentOf('--owner', options.owner, idParameter<OwnerId>());
  const name = argumentOf('--new-owner', options.newOwner, line(200));
  return (await tools.owners.create({ name }, workshop.by)).id as OwnerId;
}

function addLife(licence: Command, workshop: Workshop): void {
  const one = (word: string, description: string) =>
    licence.command(word).description(description).argument('<licence>', 'id or serial');
  one('suspend', 'lets nobody in any more and ends every session of it')
    .option('--drain', 'those inside stay')
    .action((named: string, options: { drain?: true }, command: Command) =>
      workshop.withTools(async (tools) => {
        const { id } = await licenceNamed(tools, named);
        const mode = options.drain === true ? 'drain' : 'end';
        const { result, reached } = await tools.licences.suspend(id, { mode }, workshop.by);
        await show(workshop, tools, command, result, reached);
      }),
    );
  one('reinstate', 'lets people in again').action((named: string, _options: object, command: Command) =>
    workshop.withTools(async (tools) => {
      const { id } = await licenceNamed(tools, named);
      const { result, reached } = await tools.licences.reinstate(id, {}, workshop.by);
      await show(workshop, tools, command, result, reached);
    }),
  );
  one('renew', 'makes it last longer: give --days or --to')
    .option('--days <n>', 'for so many days more')
    .option('--to <time>', 'until before this time (ISO 8601)')
    .action((named: string, options: { days?: string; to?: string }, command: Command) =>
      workshop.withTools(async (tools) => {
        const { id } = await licenceNamed(tools, named);
        const given = {
          durationDays: optionOf('--days', options.days, termDays),
          validTo: optionOf('--to', options.to, isoInstant),
        };
        const { result, reached } = await tools.licences.renew(id, given, workshop.by);
        await show(workshop, tools, command, result, reached);
      }),
    );
}

function addSeats(licence: Command, workshop: Workshop): void {
  licence
    .command('seats')
    .description('changes how many may be in at once; when more are in, the rest leaves by and by')
    .argument('<licence>', 'id or serial')
    .argument('<n>', 'how many')
    .option('--end-idlest', 'ends those unused for longest instead')
    .action((named: string, count: string, options: { endIdlest?: true }, command: Command) =>
      workshop.withTools(async (tools) => {
        const { id } = await licenceNamed(tools, named);
        const seats = argumentOf('seats', count, seatCount);
        const whenLowered = options.endIdlest === true ? 'end-idlest' : 'drain';
        const { result, reached } = await tools.licences.patch(id, { seats, whenLowered }, workshop.by);
        await show(workshop, tools, command, result, reached);
      }),
    );
}

async function show(
  workshop: Workshop,
  tools: Tools,
  command: Command,
  licence: Licence,
  reached: Reached = 'applied',
): Promise<void> {
  const view = await viewOf(tools, licence);
  workshop.tellFacts(command, reached === 'pending' ? { ...view, pending: true } : view, {
    id: view.id,
    serial: view.serial,
    name: view.name,
    owner: view.ownerId,
    seats: view.seats,
    'in use': view.used,
    over: view.over,
    state: view.state,
    'valid from': view.validFrom,
    'valid to': view.startsOnFirstUse ? `${view.durationDays} days from the first use` : view.validTo,
    policy: JSON.stringify(view.policy),
    version: view.version,
  });
  workshop.sayPending(reached);
}

/** A licence with the seats in use, which are null while Redis cannot be asked. */
async function viewOf(tools: Tools, licence: Licence) {
  const { id, ownerId, serial, name, seats, state, validFrom, validTo, durationDays, policy, version } = licence;
  const used = await tools.store.seats(licenceTag(id)).then(
    (found) => found.used,
    () => null,
  );
  return {
    ...{ id, ownerId, serial, name, seats, used, over: used === null ? null : Math.max(0, used - seats), state },
    validFrom: isoTime(validFrom),
    validTo: isoTime(validTo),
    ...{ durationDays, startsOnFirstUse: startsOnFirstUse(licence), policy, version },
  };
}

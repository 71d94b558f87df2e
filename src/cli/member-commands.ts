import type { Command } from 'commander';
import { isoTime } from '../kernel/clock.js';
import { argumentOf, licenceNamed, userNamed } from './find.js';
import { listLimit, pagesOf } from './pages.js';
import type { Workshop } from './workshop.js';

/** `usher licence members|add|remove`: who may sit in a licence. */
export function addMemberCommands(licence: Command, workshop: Workshop): void {
  licence
    .command('members')
    .description('who may sit in it, newest first')
    .argument('<licence>', 'id or serial')
    .option('--limit <n>', 'at most so many', '200')
    .action((named: string, options: { limit: string }, command: Command) =>
      workshop.withTools(async (tools) => {
        const { id } = await licenceNamed(tools, named);
        const limit = argumentOf('--limit', options.limit, listLimit);
        const { items, total } = await pagesOf(limit, (page) => tools.members.list(id, page));
        const views = items.map(({ addedOn, ...member }) => ({ ...member, addedOn: isoTime(addedOn) }));
        const rows = views.map((one) => [
          one.userId,
          one.email,
          one.name,
          one.addedOn,
          one.disabled ? 'disabled' : null,
        ]);
        workshop.tellRows(command, { items: views, total }, ['id', 'e-mail', 'name', 'since', 'state'], rows, total);
      }),
    );
  licence
    .command('add')
    .description('makes people members')
    .argument('<licence>', 'id or serial')
    .argument('<user...>', 'ids, e-mail addresses or user names')
    .action((named: string, users: string[], _options: object, command: Command) =>
      workshop.withTools(async (tools) => {
        const { id } = await licenceNamed(tools, named);
        const people = await Promise.all(users.map((one) => userNamed(tools, one)));
        const done: { userId: string; email: string; added: boolean }[] = [];
        for (const person of people) {
          const { result, reached } = await tools.members.add(id, person.id, workshop.by);
          done.push({ userId: person.id, email: person.email, added: result.added });
          workshop.sayPending(reached);
        }
        const rows = done.map(({ userId, email, added }) => [userId, email, added ? 'added' : 'was a member already']);
        workshop.tellRows(command, done, ['id', 'e-mail', 'result'], rows);
      }),
    );
  licence
    .command('remove')
    .description('ends a membership and the sessions of the member in the licence')
    .argument('<licence>', 'id or serial')
    .argument('<user>', 'id, e-mail address or user name')
    .action((named: string, user: string, _options: object, command: Command) =>
      workshop.withTools(async (tools) => {
        const { id } = await licenceNamed(tools, named);
        const person = await userNamed(tools, user);
        const { reached } = await tools.members.remove(id, person.id, workshop.by);
        workshop.tell(command, { removed: person.id }, () => `${person.email} is no member any more.\n`);
        workshop.sayPending(reached);
      }),
    );
}

import type { Command } from 'commander';
import { z } from 'zod';
import { mostRoles, roleName } from '../access/role-forms.js';
import { roleNames } from '../access/roles.js';
import { handedOverPassword } from '../accounts/password-rules.js';
import type { User } from '../accounts/user-repository.js';
import { viewOfUser } from '../accounts/user-view.js';
import { username } from '../accounts/username.js';
import { emailAddress, line, searchText } from '../kernel/text.js';
import type { Reached } from '../platform/pending.js';
import { argumentOf, licenceNamed, optionOf, userNamed } from './find.js';
import { addImport } from './import-command.js';
import { listLimit, pagesOf } from './pages.js';
import type { Workshop } from './workshop.js';

const account = 'id, e-mail address or user name';

/** `usher user …`: accounts. */
export function addUserCommands(program: Command, workshop: Workshop): void {
  const user = program.command('user').description('accounts');
  addList(user, workshop);
  user
    .command('show')
    .description('one account')
    .argument('<user>', account)
    .action((named: string, _options: object, command: Command) =>
      workshop.withTools(async (tools) => show(workshop, command, await userNamed(tools, named))),
    );
  addCreate(user, workshop);
  addSwitches(user, workshop);
  addImport(user, workshop);
  user
    .command('password')
    .description('sets a new password and ends all sessions of the account')
    .argument('<user>', account)
    .option('--password-stdin', 'read it from standard input')
    .action((named: string, options: { passwordStdin?: true }, command: Command) =>
      workshop.withTools(async (tools) => {
        const { id } = await userNamed(tools, named);
        const password = await passwordFrom(workshop, options);
        const { result, reached } = await tools.accounts.setPassword(id, password, workshop.by);
        show(workshop, command, result, reached);
      }),
    );
}

function addList(user: Command, workshop: Workshop): void {
  user
    .command('list')
    .description('accounts, newest first')
    .option('--q <text>', 'only those with the text in address, user name or name')
    .option('--licence <licence>', 'only members of this licence (id or serial)')
    .option('--role <role>', `only those with this role: ${roleNames.join(', ')}`)
    .option('--disabled', 'only those that are disabled')
    .option('--limit <n>', 'at most so many', '50')
    .action(
      (options: { q?: string; licence?: string; role?: string; disabled?: true; limit: string }, command: Command) =>
        workshop.withTools(async (tools) => {
          const filter = {
            visible: 'everything' as const,
            q: optionOf('--q', options.q, searchText),
            role: optionOf('--role', options.role, roleName),
            licenceId: options.licence === undefined ? undefined : (await licenceNamed(tools, options.licence)).id,
            disabled: options.disabled,
          };
          const limit = argumentOf('--limit', options.limit, listLimit);
          const { items, total } = await pagesOf(limit, (page) => tools.accounts.list(filter, page));
          const rows = items.map(({ id, email, username: login, name, roles, disabledAt }) => [
            id,
            email,
            login,
            name,
            roles.join(' '),
            disabledAt === null ? null : 'disabled',
          ]);
          const answer = { items: items.map(viewOfUser), total };
          workshop.tellRows(command, answer, ['id', 'e-mail', 'user name', 'name', 'roles', 'state'], rows, total);
        }),
    );
}

function addCreate(user: Command, workshop: Workshop): void {
  user
    .command('create')
    .description('makes an account; without a password nobody can sign in with it yet')
    .requiredOption('--email <address>', 'its e-mail address, which counts as verified')
    .option('--username <name>', 'a user name to sign in with')
    .option('--name <name>', "the person's name")
    .option('--role <role...>', `roles: ${roleNames.join(', ')}`, ['user'])
    .option('--password-stdin', 'read its password from standard input')
    .action(
      (
        options: { email: string; username?: string; name?: string; role: string[]; passwordStdin?: true },
        command: Command,
      ) =>
        workshop.withTools(async (tools) => {
          const given = {
            email: argumentOf('--email', options.email, emailAddress),
            username: optionOf('--username', options.username, username),
            name: optionOf('--name', options.name, line(200)),
            roles: argumentOf('--role', options.role, z.array(roleName).max(mostRoles)),
          };
          const password = options.passwordStdin === true ? await passwordFrom(workshop, options) : undefined;
          show(workshop, command, await tools.accounts.create({ ...given, password }, workshop.by));
        }),
    );
}

function addSwitches(user: Command, workshop: Workshop): void {
  const change = (name: 'disable' | 'enable' | 'remove', word: string, description: string, guarded: boolean): void => {
    const command = user.command(word).description(description).argument('<user>', account);
    if (guarded) command.requiredOption('--yes', 'really');
    command.action((named: string, _options: object, given: Command) =>
      workshop.withTools(async (tools) => {
        const { id } = await userNamed(tools, named);
        const { result, reached } = await tools.accounts[name](id, workshop.by);
        show(workshop, given, result, reached);
      }),
    );
  };
  change('disable', 'disable', 'lets nobody sign in with the account and ends its sessions', false);
  change('enable', 'enable', 'lets people sign in with the account again', false);
  change('remove', 'delete', 'removes the account and its memberships and ends its sessions', true);
}

/** The password an operator chose for somebody. It is never an argument: those are seen by everybody on the machine. */
export async function passwordFrom(workshop: Workshop, options: { passwordStdin?: true }): Promise<string> {
  const typed = await workshop.terminal.secret('password', options.passwordStdin === true);
  return argumentOf('password', typed, handedOverPassword);
}

/** Shows one account. */
export function show(workshop: Workshop, command: Command, user: User, reached: Reached = 'applied'): void {
  const view = viewOfUser(user);
  workshop.tellFacts(command, reached === 'pending' ? { ...view, pending: true } : view, {
    id: view.id,
    'e-mail': view.email,
    'user name': view.username,
    name: view.name,
    roles: view.roles.join(' '),
    state: view.disabled ? `disabled since ${view.disabledAt}` : 'enabled',
    password: view.hasPassword ? 'set' : 'none',
    verified: view.verified ? 'yes' : 'no',
    created: view.createdOn,
    version: view.version,
  });
  workshop.sayPending(reached);
}

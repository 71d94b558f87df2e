import type { Command } from 'commander';
import { setUpPagePath } from '../accounts/set-up-page.js';
import { emailAddress, line } from '../kernel/text.js';
import { argumentOf, optionOf } from './find.js';
import { CommandFailed } from './terminal.js';
import { passwordFrom, show } from './user-commands.js';
import type { Workshop } from './workshop.js';

/** `usher admin …`: the way in for those who run the server. */
export function addAdminCommands(program: Command, workshop: Workshop): void {
  const admin = program.command('admin').description('the way in for those who run the server');
  admin
    .command('create')
    .description('makes an account that may do everything')
    .requiredOption('--email <address>', 'its e-mail address')
    .option('--name <name>', "the person's name")
    .option('--password-stdin', 'read the password from standard input; else it is asked for')
    .action((options: { email: string; name?: string; passwordStdin?: true }, command: Command) =>
      workshop.withTools(async (tools) => {
        const email = argumentOf('--email', options.email, emailAddress);
        const name = optionOf('--name', options.name, line(200));
        const password = await passwordFrom(workshop, options);
        show(workshop, command, await tools.accounts.create({ email, name, password, roles: ['admin'] }, workshop.by));
      }),
    );
  admin
    .command('link')
    .description('a new one-time link that makes the first staff account, while there is none')
    .action((_options: object, command: Command) =>
      workshop.withTools(async (tools, { PUBLIC_URL }) => {
        const first = await tools.firstAdmin.prepare(null);
        if (first.kind !== 'link') {
          throw new CommandFailed(
            'There is a staff account already. `usher user list --role admin` names those who may do everything, ' +
              '`usher user password <user>` gives one a new password, `usher admin create` makes another.',
          );
        }
        const link = `${PUBLIC_URL}${setUpPagePath}#${first.token}`;
        workshop.tell(command, { link, hours: 24 }, () => `${link}\n`);
        workshop.terminal.say('It works once, for 24 hours.\n');
      }),
    );
}

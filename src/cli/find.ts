import type { z } from 'zod';
import type { User } from '../accounts/user-repository.js';
import type { Tools } from '../compose/tools.js';
import { isUuid, type LicenceId, type UserId } from '../kernel/ids.js';
import type { Licence } from '../licences/licence-repository.js';
import { serialFrom } from '../licences/serial.js';
import { CommandFailed } from './terminal.js';

/** The account with this id, address or user name. Throws CommandFailed when there is none. */
export async function userNamed(tools: Tools, named: string): Promise<User> {
  const found = isUuid(named) ? await tools.users.find(named as UserId) : await tools.users.findForSignIn(named);
  if (found === null) throw new CommandFailed(`There is no account "${named}": give an id, an address or a user name`);
  return found;
}

/** The licence with this id or serial. Throws CommandFailed when there is none. */
export async function licenceNamed(tools: Tools, named: string): Promise<Licence> {
  if (isUuid(named)) return tools.licences.get(named as LicenceId);
  const serial = serialFrom(named);
  if (serial === null) throw new CommandFailed(`"${named}" is neither the id nor the serial of a licence`);
  const { items } = await tools.licences.list({ visible: 'everything', serial }, { limit: 1, cursor: null });
  if (items[0] === undefined) throw new CommandFailed(`There is no licence with the serial ${serial}`);
  return items[0];
}

/** What was given for an option, as the schema reads it; undefined when it was not given. Throws CommandFailed. */
export function optionOf<T>(option: string, given: unknown, schema: z.ZodType<T>): T | undefined {
  return given === undefined ? undefined : argumentOf(option, given, schema);
}

/** What was given, as the schema reads it. Throws CommandFailed with its name and the rule it breaks. */
export function argumentOf<T>(name: string, given: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new CommandFailed(`${name}: ${parsed.error.issues.map(({ message }) => message).join('; ')}`, 64);
}

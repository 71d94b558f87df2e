import { markdownTable } from '../kernel/markdown.js';
import { permissions } from './permissions.js';
import { permissionsOf, roleNames } from './roles.js';

/** The Markdown table of every permission: name, what it allows, the roles that have it. */
export function permissionsTable(): string {
  const rows = Object.entries(permissions).map(([name, allows]) => [
    `\`${name}\``,
    allows,
    roleNames.filter((role) => permissionsOf([role]).some((granted) => granted === name)).join(', '),
  ]);
  return markdownTable(['permission', 'allows to', 'roles'], rows);
}

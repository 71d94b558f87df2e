/** A role of an application, as the server answers it. */
export interface AppRole {
  readonly name: string;
  readonly description: string | null;
  readonly permissions: readonly string[];
  readonly managersMayGive: boolean;
  readonly createdOn: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** One of Usher's own permissions, and one of its own roles. */
export interface OwnRoles {
  readonly items: readonly { readonly name: string; readonly allows: string; readonly roles: readonly string[] }[];
  readonly roles: readonly { readonly name: string; readonly permissions: readonly string[] }[];
}

/** What Usher's own roles are for, in a sentence. */
export const ownRoleWords: Readonly<Record<string, string>> = {
  user: 'Signs in, and looks after their own account. Everybody has it unless something else was given.',
  staff: 'Works in this console: sees and ends sessions, manages people, owners and licences.',
  admin: 'May do what staff may, and decides who is staff.',
};

/** What a permission of an application allows, in words. */
export function permissionInWords(permission: string): string {
  if (permission === '*:*') return 'everything';
  const [resource = '', action = ''] = permission.split(':');
  return action === '*' ? `everything with ${resource}` : `${action} ${resource}`;
}

import { EntitySchema } from 'typeorm';

/** A person's account as it is stored. */
export interface UserRow {
  id: string;
  email: string;
  /** What the address is found by: NFKC, lower case, trimmed. */
  emailKey: string;
  username: string | null;
  usernameKey: string | null;
  name: string | null;
  /** Null: no password has been set, so none is right. */
  passwordHash: string | null;
  roles: string[];
  verified: boolean;
  disabledAt: Date | null;
  /** When the account is removed, which its holder has given up: disabled until then. */
  deletesAt: Date | null;
  /** Rises whenever the sessions of the account are ended; a sign-in that read an older one opens nothing. */
  epoch: number;
  /** Rises with every change of what signs the account in: what was begun with the former is worth nothing. */
  credentials: number;
  version: number;
  createdOn: Date;
  /** When a membership of the account last changed. */
  lastLicenceUpdate: Date | null;
  updatedAt: Date;
}

/** Table `users`. */
export const userTable = new EntitySchema<UserRow>({
  name: 'user',
  tableName: 'users',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'users_pk' },
    email: { type: 'text' },
    emailKey: { name: 'email_key', type: 'text' },
    username: { type: 'text', nullable: true },
    usernameKey: { name: 'username_key', type: 'text', nullable: true },
    name: { type: 'text', nullable: true },
    passwordHash: { name: 'password_hash', type: 'text', nullable: true },
    roles: { type: 'text', array: true },
    verified: { type: 'boolean' },
    disabledAt: { name: 'disabled_at', type: 'timestamp with time zone', precision: 3, nullable: true },
    deletesAt: { name: 'deletes_at', type: 'timestamp with time zone', precision: 3, nullable: true },
    epoch: { type: 'integer' },
    credentials: { type: 'integer', default: 1 },
    version: { type: 'integer' },
    createdOn: { name: 'created_on', type: 'timestamp with time zone', precision: 3 },
    lastLicenceUpdate: { name: 'last_licence_update', type: 'timestamp with time zone', precision: 3, nullable: true },
    updatedAt: { name: 'updated_at', type: 'timestamp with time zone', precision: 3 },
  },
  uniques: [
    { name: 'users_email_key', columns: ['emailKey'] },
    { name: 'users_username_key', columns: ['usernameKey'] },
  ],
  indices: [
    { name: 'users_created', columns: ['createdOn', 'id'] },
    // Inverted (GIN), which cannot be said here: the migration makes it.
    { name: 'users_roles', columns: ['roles'], synchronize: false },
    { name: 'users_deletes', columns: ['deletesAt'], where: 'deletes_at IS NOT NULL' },
  ],
});

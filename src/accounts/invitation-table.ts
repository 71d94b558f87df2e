import { EntitySchema } from 'typeorm';

/** Somebody without an account who may become a member of a licence. */
export interface InvitationRow {
  id: string;
  licenceId: string;
  email: string;
  /** What the address is found by, as in accounts. */
  emailKey: string;
  /** The name the new account gets unless its holder gives another one. */
  name: string | null;
  /** The rank the new membership gets. */
  rank: number | null;
  /** The issued token whose secret the letter carried last; null: one made before there were such tokens, worthless now. */
  tokenId: string | null;
  createdAt: Date;
  expiresAt: Date;
  usedAt: Date | null;
  /** Who invited; null for the server itself. */
  invitedBy: string | null;
}

/** Table `invitations`. */
export const invitationTable = new EntitySchema<InvitationRow>({
  name: 'invitation',
  tableName: 'invitations',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'invitations_pk' },
    licenceId: {
      name: 'licence_id',
      type: 'uuid',
      foreignKey: { target: 'licence', name: 'invitations_licence_fk', onDelete: 'CASCADE' },
    },
    email: { type: 'text' },
    emailKey: { name: 'email_key', type: 'text' },
    name: { type: 'text', nullable: true },
    rank: { type: 'integer', nullable: true },
    tokenId: { name: 'token_id', type: 'uuid', nullable: true },
    createdAt: { name: 'created_at', type: 'timestamp with time zone', precision: 3 },
    expiresAt: { name: 'expires_at', type: 'timestamp with time zone', precision: 3 },
    usedAt: { name: 'used_at', type: 'timestamp with time zone', precision: 3, nullable: true },
    invitedBy: { name: 'invited_by', type: 'uuid', nullable: true },
  },
  uniques: [
    { name: 'invitations_token_key', columns: ['tokenId'] },
    { name: 'invitations_email_key', columns: ['licenceId', 'emailKey'] },
  ],
  indices: [
    { name: 'invitations_created', columns: ['licenceId', 'createdAt', 'id'] },
    { name: 'invitations_address', columns: ['emailKey'] },
  ],
});

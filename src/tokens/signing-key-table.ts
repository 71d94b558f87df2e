import { EntitySchema } from 'typeorm';

/** A key that signs tokens, as it is stored. */
export interface SigningKeyRow {
  /** The thumbprint of the public part (RFC 7638), base64url. */
  kid: string;
  /** `x` of its JWK (RFC 8037). */
  publicPart: string;
  /** `d` of its JWK, sealed. */
  sealedPart: string;
  createdAt: Date;
  /** From then on it signs, until the next one does. */
  signsFrom: Date;
}

const time = { type: 'timestamp with time zone', precision: 3 } as const;

/** Table `signing_keys`. */
export const signingKeyTable = new EntitySchema<SigningKeyRow>({
  name: 'signingKey',
  tableName: 'signing_keys',
  columns: {
    kid: { type: 'text', primary: true, primaryKeyConstraintName: 'signing_keys_pk' },
    publicPart: { name: 'public_part', type: 'text' },
    sealedPart: { name: 'sealed_part', type: 'text' },
    createdAt: { name: 'created_at', ...time },
    signsFrom: { name: 'signs_from', ...time },
  },
});

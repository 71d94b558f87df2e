import { EntitySchema } from 'typeorm';

/** A message on its way, or lately sent. */
export interface MailRow {
  id: string;
  recipient: string;
  template: string;
  /** What the message tells. Secrets are gone from it when the message has been sent, or given up. */
  values: Record<string, string>;
  /** What is sent first: the lower. */
  urgency: number;
  createdAt: Date;
  sentAt: Date | null;
  /** Set when the mail server refused it for good, or nothing worked for a day. */
  givenUpAt: Date | null;
  attempts: number;
  nextAttemptAt: Date;
  lastError: string | null;
}

/** Table `mail_outbox`. */
export const mailOutboxTable = new EntitySchema<MailRow>({
  name: 'mail',
  tableName: 'mail_outbox',
  columns: {
    id: { type: 'uuid', primary: true, primaryKeyConstraintName: 'mail_outbox_pk' },
    recipient: { type: 'text' },
    template: { type: 'text' },
    values: { type: 'jsonb' },
    urgency: { type: 'smallint', default: 1 },
    createdAt: { name: 'created_at', type: 'timestamp with time zone', precision: 3 },
    sentAt: { name: 'sent_at', type: 'timestamp with time zone', precision: 3, nullable: true },
    givenUpAt: { name: 'given_up_at', type: 'timestamp with time zone', precision: 3, nullable: true },
    attempts: { type: 'integer', default: 0 },
    nextAttemptAt: { name: 'next_attempt_at', type: 'timestamp with time zone', precision: 3 },
    lastError: { name: 'last_error', type: 'text', nullable: true },
  },
  indices: [
    {
      name: 'mail_outbox_waiting',
      columns: ['urgency', 'nextAttemptAt'],
      where: 'sent_at IS NULL AND given_up_at IS NULL',
    },
    { name: 'mail_outbox_created', columns: ['createdAt'] },
  ],
});

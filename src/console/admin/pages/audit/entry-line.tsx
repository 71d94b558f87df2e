import { Code, Collapse, Group, Table, Text, UnstyledButton } from '@mantine/core';
import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import classes from './audit.module.css';
import type { AuditEntry } from './entry.js';
import { timeOf } from './filters.js';
import { SentenceWords } from './sentence-words.js';
import { sentenceOf } from './sentences.js';
import { changedFields } from './values.js';

/** One line of the audit log: when, what happened as a sentence, and the facts behind it on demand. */
export function EntryLine({ entry }: { readonly entry: AuditEntry }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <li className={classes.line}>
      <div className={classes.row}>
        <UnstyledButton
          className={classes.more}
          aria-expanded={open}
          aria-controls={id}
          aria-label={`Details of ${timeOf(entry.at)}`}
          onClick={() => setOpen(!open)}
        >
          <ChevronRight size={16} className={classes.chevron} data-open={open || undefined} aria-hidden />
          <time dateTime={entry.at} className={classes.time}>
            {timeOf(entry.at)}
          </time>
        </UnstyledButton>
        <span className={classes.sentence}>
          <SentenceWords sentence={sentenceOf(entry)} />
        </span>
      </div>
      <Collapse expanded={open} id={id}>
        {open && <EntryFacts entry={entry} />}
      </Collapse>
    </li>
  );
}

function EntryFacts({ entry }: { readonly entry: AuditEntry }) {
  const changed = changedFields(entry.detail, (id) => entry.names?.[id] ?? null);
  const facts: [string, string | null][] = [
    ['Action', entry.action],
    ['By', entry.actor.email ?? (entry.actor.kind === 'system' ? 'the server' : entry.actor.id)],
    ['On', `${entry.target.type} ${entry.target.id}`],
    ['From the address', entry.ip],
    ['Request', entry.requestId],
  ];
  return (
    <div className={classes.facts}>
      {changed.length > 0 && (
        <Table withTableBorder={false} className={classes.changed}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>What changed</Table.Th>
              <Table.Th>Before</Table.Th>
              <Table.Th>After</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {changed.map(({ field, from, to }) => (
              <Table.Tr key={field}>
                <Table.Th scope="row">{field}</Table.Th>
                <Table.Td>{from}</Table.Td>
                <Table.Td>{to}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <dl className={classes.list}>
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <Group key={name} gap="xs" wrap="nowrap" align="baseline">
                <Text component="dt" size="sm" className={classes.name}>
                  {name}
                </Text>
                <dd className={classes.value}>{value}</dd>
              </Group>
            ),
        )}
      </dl>
      {entry.detail !== null && changed.length === 0 && (
        <Code block className={classes.raw}>
          {JSON.stringify(entry.detail, null, 2)}
        </Code>
      )}
    </div>
  );
}

import { Checkbox, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask } from '../../api/ask.js';
import type { ApiProblem } from '../../api/problem.js';
import { FormDialog } from '../../kit/dialogs.js';
import { useAction } from '../../kit/use-action.js';
import { useDraft } from '../../kit/use-draft.js';
import { plural } from '../../kit/words.js';
import { AddedList } from './added-list.js';
import { laterInWords, licencePath, licenceRefresh } from './licence-calls.js';
import type { Licence, ListedResult } from './licence-types.js';
import classes from './licences.module.css';
import { csvOfPasted, readPasted } from './pasted-list.js';

interface Added {
  readonly added: number;
  readonly invited: number;
  readonly refused: number;
  readonly results: readonly ListedResult[];
}

const empty = { text: '', invite: true };

/** Adds people by a pasted list, and says of each line what would become of it before anything is done. */
export function AddMembers(props: {
  readonly licence: Licence;
  readonly opened: boolean;
  readonly onClose: () => void;
}) {
  const { licence, opened, onClose } = props;
  const [{ text, invite }, set] = useDraft(opened, () => empty);
  const [settled] = useDebouncedValue(text, 300);
  const pasted = useMemo(() => readPasted(settled), [settled]);
  const bad = pasted.filter(({ fault }) => fault !== null);
  const isGood = pasted.length > bad.length;
  const path = `${licencePath(licence.id)}/members`;
  const body = { csv: csvOfPasted(pasted), invite };
  const preview = useQuery<Added, ApiProblem>({
    queryKey: [path, 'dry run', body],
    queryFn: ({ signal }) => ask('POST', path, { body: { ...body, dryRun: true }, signal }),
    enabled: opened && isGood,
    staleTime: 0,
  });
  const add = useAction<void, Added>({
    quiet: true,
    refresh: licenceRefresh,
    run: () => ask<Added>('POST', path, { body }),
    done: (answer) => `${addedInWords(answer)}${laterInWords(answer)}`,
    onDone: onClose,
  });
  const found = isGood ? preview.data : undefined;
  const useful = found === undefined ? 0 : found.added + found.invited;
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title="Add members"
      size="lg"
      submitLabel={useful === 0 ? 'Add' : `Add ${plural(useful, 'person', 'people')}`}
      disabled={useful === 0 || settled !== text}
      action={{ ...add, problem: add.problem ?? preview.error }}
      onSubmit={add.run}
    >
      <Textarea
        label="Addresses"
        description="Paste them from a mail, a table or a file. Names beside them are taken along."
        placeholder={'Anna Schmidt <anna@institute.example>\nbert@institute.example'}
        autosize
        minRows={4}
        maxRows={12}
        maxLength={900_000}
        spellCheck={false}
        value={text}
        onChange={({ currentTarget }) => set({ text: currentTarget.value })}
      />
      <Checkbox
        label="Invite those who have no account yet"
        description="They get a link by mail that works once, for 14 days."
        checked={invite}
        onChange={({ currentTarget: { checked } }) => set({ invite: checked })}
      />
      <p aria-live="polite" className={classes.muted}>
        {pasted.length === 0
          ? 'What becomes of each line is shown here before anything is done.'
          : isGood && found === undefined && preview.error === null
            ? 'Checking …'
            : `${plural(pasted.length, 'line')} read.`}
      </p>
      <AddedList bad={bad} results={found?.results ?? []} />
    </FormDialog>
  );
}

function addedInWords({ added, invited, results }: Added): string {
  const left = results.length - added - invited;
  return [
    `${plural(added, 'person', 'people')} added.`,
    ...(invited > 0 ? [`${plural(invited, 'person', 'people')} invited by mail.`] : []),
    ...(left > 0 ? [`${plural(left, 'line')} changed nothing.`] : []),
  ].join(' ');
}

import { Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useAsk } from '../../api/queries.js';
import { Unanswered } from '../../kit/unanswered.js';
import { useAsked } from '../../kit/use-asked.js';
import { useOpened } from '../../kit/use-opened.js';
import classes from './licences.module.css';

/** What is asked about. */
export interface WhyProps {
  readonly user: string;
  /** Empty for now. */
  readonly at: string;
  readonly licenceId: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Why somebody was refused at some time, as a story. */
export function Why({ user, at, licenceId, onClose, ...others }: WhyProps) {
  const opened = useOpened(others.opened);
  const answer = useAsk<{ words: string[] }>(
    '/admin/api/explain',
    { user, at, licenceId },
    { enabled: opened, staleTime: 0 },
  );
  return (
    <Modal opened={opened} onClose={onClose} title={`Why was ${user} refused?`} size="lg">
      {answer.data === undefined ? (
        <Unanswered asked={answer} lines={4} label="Looking" />
      ) : (
        <ul className={classes.words}>
          {answer.data.words.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      )}
    </Modal>
  );
}

/** Asks about anybody and any time: "why was Anna refused at 10:03?" */
export function AskWhy({ licenceId }: { readonly licenceId: string }) {
  const [user, setUser] = useState('');
  const [time, setTime] = useState('');
  const { about, opened, ask, close } = useAsked<Pick<WhyProps, 'user' | 'at'>>();
  return (
    <form
      className={classes.row}
      aria-label="Why was somebody refused?"
      onSubmit={(event) => {
        event.preventDefault();
        ask({ user: user.trim(), at: time === '' ? '' : new Date(time).toISOString() });
      }}
    >
      <TextInput
        label="Why was … refused?"
        placeholder="Address or user name"
        value={user}
        maxLength={254}
        onChange={({ currentTarget }) => setUser(currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        label="When (empty: now)"
        value={time}
        onChange={({ currentTarget }) => setTime(currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={user.trim() === ''}>
        Explain
      </Button>
      {about !== null && <Why {...about} licenceId={licenceId} opened={opened} onClose={close} />}
    </form>
  );
}

import { Button, Modal, Textarea } from '@mantine/core';
import { type FormEvent, type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import type { ApiProblem } from '../api/problem.js';
import { Failed } from './failed.js';
import classes from './kit.module.css';
import type { Action } from './use-action.js';
import { useDraft } from './use-draft.js';
import { useOpened } from './use-opened.js';

interface Asking {
  readonly opened: boolean;
  /** Called when it is left. Whatever was begun with it closes it by itself when that went well. */
  onClose(): void;
  readonly title: string;
  readonly submitLabel: string;
  /** What is done with it: whether that is under way, and why it failed, which is forgotten when the dialog is left. */
  readonly action: Pick<Action<unknown, unknown>, 'busy' | 'problem' | 'reset'>;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly children?: ReactNode;
}

/** A form in a dialog, or a question before something is done. The focus goes back to what opened it. */
export function FormDialog(props: Asking & { readonly size?: string; onSubmit(): unknown }) {
  const { onClose, title, submitLabel, onSubmit, action, danger, disabled, size = 'md', children } = props;
  const { busy, problem, reset } = action;
  const opened = useOpened(props.opened);
  const form = useRef<HTMLFormElement>(null);
  const marked = useMarked(form, problem);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && disabled !== true) onSubmit();
  };
  const leave = () => {
    reset();
    onClose();
  };
  return (
    <Modal opened={opened} onClose={leave} title={title} size={size}>
      <form ref={form} onSubmit={send} className={classes.form} noValidate>
        {children}
        {problem !== null &&
          (marked ? <p role="alert">Mend what is marked, and send it again.</p> : <Failed problem={problem} />)}
        <div className={classes.formEnd}>
          <Button variant="default" onClick={leave}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={busy}
            disabled={disabled === true}
            {...(danger === true && { color: 'danger' })}
          >
            {submitLabel}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

/** Goes to the first field that a problem is about. Answers whether there is one. */
function useMarked(form: RefObject<HTMLFormElement | null>, problem: ApiProblem | null): boolean {
  const [marked, setMarked] = useState(false);
  useEffect(() => {
    const field = problem === null ? null : form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    field?.focus();
    setMarked(field != null);
  }, [form, problem]);
  return marked;
}

const longestMessage = 200;

/** Asks once more, and for what those who are concerned are to be told. */
export function ReasonDialog({
  onSubmit,
  messageLabel = 'Message to the person',
  children,
  ...others
}: Asking & {
  readonly messageLabel?: string;
  onSubmit(message: string | undefined): unknown;
}) {
  const [{ message }, set] = useDraft(others.opened, () => ({ message: '' }));
  const wrong = others.action.problem?.fields['message'];
  return (
    <FormDialog {...others} onSubmit={() => onSubmit(message.trim() || undefined)}>
      {children}
      <Textarea
        data-autofocus
        label={messageLabel}
        description="Shown to them where their session has ended. May be left empty."
        value={message}
        maxLength={longestMessage}
        autosize
        minRows={2}
        error={wrong}
        onChange={({ currentTarget }) => set({ message: currentTarget.value })}
      />
      <p className={classes.aside}>{longestMessage - message.length} characters left</p>
    </FormDialog>
  );
}

import { Button, Modal, Textarea } from '@mantine/core';
import { type FormEvent, type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import type { ApiProblem } from '../api/problem.js';
import { Failed } from './failed.js';
import classes from './kit.module.css';

interface Asking {
  readonly opened: boolean;
  onClose(): void;
  readonly title: string;
  readonly busy?: boolean;
  readonly problem?: ApiProblem | null;
  readonly children?: ReactNode;
}

interface Sending extends Asking {
  readonly submitLabel: string;
  onSubmit(): void;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly size?: string;
}

/** A form in a dialog. The focus goes back to what opened it. */
export function FormDialog(props: Sending) {
  const { opened, onClose, title, submitLabel, onSubmit, busy = false, problem = null, danger, disabled, size } = props;
  const form = useRef<HTMLFormElement>(null);
  const marked = useMarked(form, problem);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && disabled !== true) onSubmit();
  };
  return (
    <Modal opened={opened} onClose={onClose} title={title} size={size ?? 'md'}>
      <form ref={form} onSubmit={send} className={classes.form} noValidate>
        {props.children}
        {problem !== null &&
          (marked ? <p role="alert">Mend what is marked, and send it again.</p> : <Failed problem={problem} />)}
        <div className={classes.formEnd}>
          <Button variant="default" onClick={onClose}>
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

/** Asks once more before something is done. Answering `false` keeps it open. */
export function Confirm({
  onConfirm,
  confirmLabel,
  ...others
}: Asking & {
  readonly confirmLabel: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  onConfirm(): unknown;
}) {
  const confirm = async () => {
    if ((await onConfirm()) !== false) others.onClose();
  };
  return <FormDialog {...others} submitLabel={confirmLabel} onSubmit={() => void confirm()} />;
}

const longestMessage = 200;

/** Asks once more, and for what those who are concerned are to be told. Answering `false` keeps it open. */
export function ReasonDialog({
  onConfirm,
  confirmLabel,
  messageLabel = 'Message to the person',
  children,
  ...others
}: Asking & {
  readonly confirmLabel: string;
  readonly messageLabel?: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  onConfirm(message: string | undefined): unknown;
}) {
  const [message, setMessage] = useState('');
  useEffect(() => {
    if (others.opened) setMessage('');
  }, [others.opened]);
  const confirm = async () => {
    const told = message.trim();
    if ((await onConfirm(told === '' ? undefined : told)) !== false) others.onClose();
  };
  const wrong = others.problem?.fields['message'];
  return (
    <FormDialog {...others} submitLabel={confirmLabel} onSubmit={() => void confirm()}>
      {children}
      <Textarea
        data-autofocus
        label={messageLabel}
        description="Shown to them where their session has ended. May be left empty."
        value={message}
        maxLength={longestMessage}
        autosize
        minRows={2}
        {...(wrong !== undefined && { error: wrong })}
        onChange={(event) => setMessage(event.currentTarget.value)}
      />
      <p className={classes.aside}>{longestMessage - message.length} characters left</p>
    </FormDialog>
  );
}

import './dialog.css';
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { kitTexts } from '../texts/kit.js';
import { Button } from './button.js';
import { Form, type Given } from './form.js';

/**
 * A dialog over the page. It holds the focus, closes with Escape, and gives the focus back to what had it. Without `close`
 * nothing but what stands in it closes it.
 */
export function Dialog(props: { title: string; close?: () => void; children: ComponentChildren }) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  // Before anything else is typed: a Tab that came first would move the focus, and it would be given back to what it moved to.
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => giveFocusBack(before);
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        props.close?.();
      }}
      // Browsers refuse to be held back a second time.
      onKeyDown={(event) => event.key === 'Escape' && props.close === undefined && event.preventDefault()}
      onClose={() => dialog.current?.showModal()}
    >
      <h2 id={id}>{props.title}</h2>
      {props.children}
    </dialog>
  );
}

/** A dialog that asks before something is done, with what has to be given for it. It closes when that is done. */
export function Asking(props: {
  title: string;
  lead?: ComponentChildren;
  button: string;
  danger?: boolean;
  act: (given: Given) => Promise<void>;
  close: () => void;
  children?: ComponentChildren;
}) {
  const t = kitTexts();
  const { title, lead, button, danger = false, act, close } = props;
  return (
    <Dialog title={title} close={close}>
      {lead && <p>{lead}</p>}
      <Form button={button} danger={danger} send={act} beside={<Button onClick={close}>{t.cancel}</Button>}>
        {props.children}
      </Form>
    </Dialog>
  );
}

/** What had the focus may be gone, with what was removed: then the title of the page has it. */
function giveFocusBack(before: Element | null): void {
  requestAnimationFrame(() => {
    const lost = document.activeElement === document.body || document.activeElement === null;
    if (!lost) return;
    const place = before?.isConnected ? before : document.querySelector('main h1');
    if (place instanceof HTMLElement) place.focus();
  });
}

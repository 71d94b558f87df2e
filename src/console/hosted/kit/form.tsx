import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { kitTexts } from '../texts/kit.js';
import { Button } from './button.js';
import { Faults } from './field.js';
import { Notice } from './notice.js';
import { useStep } from './step.js';
import { faultsOf, passes, TroubleNotice } from './trouble.js';

/** What was given in a form, by the names of its fields. What was left empty is not there; a ticked box is `on`. */
export type Given = Readonly<Record<string, string>>;

/**
 * A form that sends nothing by itself: `send` does, and throws what the server answers. Its faults come beside their fields, the
 * first of them gets the focus; a server that is busy or interrupted is asked again, with a countdown.
 */
export function Form(props: {
  send: (given: Given) => Promise<void>;
  /** What the button says. */
  button: string;
  danger?: boolean;
  /** The field that is emptied, and gets the focus, when what it held was refused. */
  empties?: string;
  /** What stands beside the button. */
  beside?: ComponentChildren;
  children?: ComponentChildren;
}) {
  const t = kitTexts();
  const step = useStep();
  const form = useRef<HTMLFormElement>(null);
  const [missing, setMissing] = useState<Missing>({});
  const faults = { ...inWords(missing), ...(step.trouble && faultsOf(step.trouble)) };
  const named = Object.keys(faults).filter((name) => form.current?.elements.namedItem(name));
  const marks = named.join(' ');
  const { trouble } = step;
  const { empties } = props;
  useEffect(() => {
    const field = empties === undefined ? null : form.current?.elements.namedItem(empties);
    if (trouble && !passes(trouble) && field instanceof HTMLInputElement) {
      field.value = '';
      field.focus();
    } else if (marks !== '') form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [marks, trouble, empties]);

  const submit = (event: Event) => {
    event.preventDefault();
    if (step.busy || form.current === null) return;
    const found = missingIn(form.current);
    setMissing(found);
    step.clear();
    if (Object.keys(found).length > 0) {
      form.current.querySelector<HTMLElement>(`[name="${Object.keys(found)[0]}"]`)?.focus();
      return;
    }
    const given = givenIn(form.current);
    void step.run(() => props.send(given));
  };

  return (
    <form ref={form} method="post" noValidate onSubmit={submit} aria-busy={step.busy}>
      {named.length === 0 && <TroubleNotice step={step} />}
      {trouble && named.length > 0 && <Notice kind="error">{t.mend}</Notice>}
      <Faults.Provider value={faults}>{props.children}</Faults.Provider>
      <div class="actions">
        <Button type="submit" kind={props.danger ? 'danger' : 'main'} busy={step.busy}>
          {props.button}
        </Button>
        {props.beside}
      </div>
      <p class="slow" role="status">
        {step.slow && t.slow}
      </p>
    </form>
  );
}

function inputsOf(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>('input[name]')];
}

/** What the browser finds wrong with which field; a number: the characters it must have at least. */
type Missing = Readonly<Record<string, 'missing' | 'notAnAddress' | number>>;

function missingIn(form: HTMLFormElement): Missing {
  const kindOf = ({ validity, minLength }: HTMLInputElement) => {
    if (validity.valueMissing) return 'missing';
    if (validity.typeMismatch) return 'notAnAddress';
    return validity.tooShort ? minLength : null;
  };
  const found = inputsOf(form).flatMap((input) => {
    const kind = kindOf(input);
    return kind === null ? [] : [[input.name, kind] as const];
  });
  return Object.fromEntries(found);
}

function inWords(missing: Missing): Record<string, string> {
  const t = kitTexts();
  const words = Object.entries(missing).map(([name, kind]) => [
    name,
    typeof kind === 'number' ? t.tooShort(kind) : t[kind],
  ]);
  return Object.fromEntries(words);
}

function givenIn(form: HTMLFormElement): Given {
  const inputs = inputsOf(form).filter(({ type, checked }) => (type !== 'checkbox' && type !== 'radio') || checked);
  return Object.fromEntries(inputs.map(({ name, value }) => [name, value]).filter(([, value]) => value !== ''));
}

import type { ComponentChildren, InputHTMLAttributes } from 'preact';
import { createContext } from 'preact';
import { useContext, useEffect, useId, useRef, useState } from 'preact/hooks';
import { kitTexts } from '../texts/kit.js';

/** What is wrong with the fields of a form, by their names. */
export const Faults = createContext<Readonly<Record<string, string>>>({});

type Attributes = Pick<
  InputHTMLAttributes,
  | 'autoComplete'
  | 'autoCapitalize'
  | 'defaultValue'
  | 'defaultChecked'
  | 'inputMode'
  | 'maxLength'
  | 'minLength'
  | 'readOnly'
  | 'required'
  | 'spellcheck'
  | 'onInput'
  | 'onChange'
>;

/** What a field is given: its name, the words around it, and what an `input` takes. Always say `autoComplete`. */
export interface FieldProps extends Attributes {
  readonly name: string;
  readonly label: string;
  /** One sentence below the label. */
  readonly hint?: ComponentChildren;
  readonly type?: 'text' | 'email' | 'password';
  /** Takes the focus when it appears. */
  readonly focus?: boolean;
}

/** A labelled input of a form, with what is wrong with it beside it. A password can be shown. */
export function Field({ name, label, hint, type = 'text', focus = false, ...rest }: FieldProps) {
  const id = useId();
  const t = kitTexts();
  const fault = useContext(Faults)[name];
  const [shown, setShown] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focus) input.current?.focus();
  }, [focus]);
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ');
  const isSecret = type === 'password';
  // The types of attributes are told apart by the kind, which is known only here.
  const kind = (isSecret && shown ? 'text' : type) as 'text';
  return (
    <div class={fault ? 'field faulty' : 'field'}>
      <label for={id}>
        {label} {rest.required !== true && <small>({t.optional})</small>}
      </label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <div class="input">
        <input
          {...rest}
          ref={input}
          id={id}
          name={name}
          type={kind}
          aria-invalid={fault ? 'true' : undefined}
          aria-describedby={described || undefined}
          {...(isSecret && { autoCapitalize: 'none' as const, spellcheck: false })}
        />
        {isSecret && (
          <button
            type="button"
            class="reveal"
            aria-pressed={shown}
            aria-label={t.showPassword}
            onClick={() => setShown(!shown)}
          >
            {shown ? t.hide : t.show}
          </button>
        )}
      </div>
      {fault && (
        <p class="fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}

/** A box to tick. */
export function Tick({ name, label, hint, type: _, focus: __, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div class="tick">
      <input {...rest} type="checkbox" id={id} name={name} aria-describedby={hint ? `${id}-hint` : undefined} />
      <label for={id}>{label}</label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

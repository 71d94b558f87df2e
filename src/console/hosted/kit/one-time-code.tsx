import { Field } from './field.js';

/** The field of a one-time code: digits that phones and mail programs fill in, or a recovery code of letters. */
export function OneTimeCode({
  label,
  hint,
  letters = false,
  focus = false,
}: {
  label: string;
  hint?: string;
  letters?: boolean;
  focus?: boolean;
}) {
  return (
    <div class="code">
      <Field
        name="code"
        label={label}
        {...(hint && { hint })}
        focus={focus}
        required
        maxLength={64}
        autoComplete={letters ? 'off' : 'one-time-code'}
        inputMode={letters ? 'text' : 'numeric'}
        autoCapitalize="none"
        spellcheck={false}
      />
    </div>
  );
}

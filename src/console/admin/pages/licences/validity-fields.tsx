import { Radio, TextInput } from '@mantine/core';
import type { Licence } from './licence-types.js';
import { dayToInstant, instantToDay } from './licence-words.js';
import { WholeField } from './whole-field.js';

/** A validity as it is being edited: days as date fields hold them. */
export interface ValidityDraft {
  readonly kind: 'endless' | 'until' | 'term';
  readonly firstDay: string;
  readonly lastDay: string;
  readonly days: number;
}

/** The draft a new licence begins with. */
export const endless: ValidityDraft = { kind: 'endless', firstDay: '', lastDay: '', days: 365 };

/** The draft an edit of a licence begins with. */
export function draftOf({ validFrom, validTo, durationDays, startsOnFirstUse }: Licence): ValidityDraft {
  return {
    kind: startsOnFirstUse ? 'term' : validTo === null ? 'endless' : 'until',
    firstDay: instantToDay(validFrom, 'begins'),
    lastDay: instantToDay(validTo, 'is over'),
    days: durationDays ?? 365,
  };
}

/** A draft as the server takes it. */
export function validityBody({ kind, firstDay, lastDay, days }: ValidityDraft): Record<string, unknown> {
  const validFrom = dayToInstant(firstDay, 'begins');
  if (kind === 'term') return { validFrom, durationDays: days };
  return { validFrom, validTo: kind === 'until' ? dayToInstant(lastDay, 'is over') : null };
}

/** Whether a draft lacks the day it promises, or ends before it begins. */
export function isIncomplete(draft: ValidityDraft): boolean {
  return draft.kind === 'until' && (draft.lastDay === '' || isReversed(draft));
}

function isReversed({ firstDay, lastDay }: ValidityDraft): boolean {
  return firstDay !== '' && lastDay !== '' && lastDay < firstDay;
}

/** The fields of a validity. */
export function ValidityFields(props: {
  readonly draft: ValidityDraft;
  readonly onChange: (draft: ValidityDraft) => void;
  readonly fields: Readonly<Record<string, string>>;
}) {
  const { draft, onChange, fields } = props;
  const { kind, firstDay, lastDay, days } = draft;
  return (
    <>
      <TextInput
        type="date"
        label="First day"
        description="Leave it empty to begin at once."
        value={firstDay}
        error={fields['validFrom']}
        onChange={({ currentTarget }) => onChange({ ...draft, firstDay: currentTarget.value })}
      />
      <Radio.Group
        label="How long it is valid"
        value={kind}
        onChange={(next) => onChange({ ...draft, kind: next as ValidityDraft['kind'] })}
      >
        <Radio value="endless" label="No end" mt={6} />
        <Radio value="until" label="Until a day" mt={6} />
        <Radio
          value="term"
          label={
            firstDay === ''
              ? 'For a number of days, counted from the first sign-in'
              : 'For a number of days, counted from the first day'
          }
          mt={6}
        />
      </Radio.Group>
      {kind === 'until' && (
        <TextInput
          type="date"
          label="Last day"
          required
          value={lastDay}
          error={isReversed(draft) ? 'Lies before the first day.' : fields['validTo']}
          onChange={({ currentTarget }) => onChange({ ...draft, lastDay: currentTarget.value })}
        />
      )}
      {kind === 'term' && (
        <WholeField
          label="Days"
          most={36_500}
          value={days}
          error={fields['durationDays'] ?? fields['validTo']}
          onChange={(next) => onChange({ ...draft, days: next })}
        />
      )}
    </>
  );
}

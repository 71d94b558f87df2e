import { Radio, TextInput } from '@mantine/core';
import { LicenceDialog, type LicenceDialogProps, useLicenceEdit } from './dialog-frame.js';
import { dayToInstant, endInWords, validityInWords } from './licence-words.js';
import classes from './licences.module.css';
import { WholeField } from './whole-field.js';

interface Draft {
  readonly kind: 'days' | 'until';
  readonly days: number;
  readonly lastDay: string;
}

/** Makes a licence last longer. */
export function RenewLicence(props: LicenceDialogProps) {
  const edit = useLicenceEdit<Draft>(
    props,
    ({ durationDays }) => ({ kind: 'days', days: durationDays ?? 365, lastDay: '' }),
    {
      method: 'POST',
      path: '/renew',
      body: ({ kind, days, lastDay }) =>
        kind === 'days' ? { durationDays: days } : { validTo: dayToInstant(lastDay, 'is over') },
      done: (licence) =>
        licence.validTo === null
          ? `“${licence.name}” is valid for ${validityInWords(licence)}.`
          : `“${licence.name}” is valid until ${endInWords(licence.validTo)}.`,
    },
  );
  const { draft, set, action } = edit;
  return (
    <LicenceDialog
      edit={edit}
      title="Renew"
      submitLabel="Renew"
      disabled={draft.kind === 'until' && draft.lastDay === ''}
    >
      <p className={classes.muted}>Now: {validityInWords(props.licence)}.</p>
      <Radio.Group
        label="Make it last"
        value={draft.kind}
        onChange={(value) => set({ kind: value === 'until' ? 'until' : 'days' })}
      >
        <Radio
          value="days"
          mt={8}
          label="For more days"
          description="Counted from its end, or from now where that is over."
        />
        <Radio value="until" mt={8} label="Until a day" />
      </Radio.Group>
      {draft.kind === 'days' ? (
        <WholeField
          label="Days more"
          most={36_500}
          value={draft.days}
          error={action.fields['durationDays'] ?? action.fields['validTo']}
          onChange={(days) => set({ days })}
        />
      ) : (
        <TextInput
          type="date"
          label="Last day"
          required
          value={draft.lastDay}
          error={action.fields['validTo'] ?? action.fields['durationDays']}
          onChange={({ currentTarget }) => set({ lastDay: currentTarget.value })}
        />
      )}
    </LicenceDialog>
  );
}

import { TextInput } from '@mantine/core';
import { LicenceDialog, type LicenceDialogProps, useLicenceEdit } from './dialog-frame.js';
import type { Owner } from './licence-types.js';
import { ownerChoice } from './owner-choice.js';
import { type Choice, Picker } from './picker.js';
import { draftOf, isIncomplete, type ValidityDraft, ValidityFields, validityBody } from './validity-fields.js';

interface Draft {
  readonly name: string;
  readonly owner: Choice | null;
  readonly validity: ValidityDraft;
  /** Only what was touched is sent: days know no time of day, and the end stays to the second unless it is changed. */
  readonly isMoved: boolean;
}

/** Changes what a licence is called, who holds it, and when it is valid. */
export function EditLicence(props: LicenceDialogProps) {
  const edit = useLicenceEdit<Draft>(
    props,
    (licence) => ({
      name: licence.name,
      owner: { value: licence.owner.id, label: licence.owner.name },
      validity: draftOf(licence),
      isMoved: false,
    }),
    {
      method: 'PATCH',
      body: ({ name, owner, validity, isMoved }) => ({
        name: name.trim(),
        ownerId: owner?.value,
        ...(isMoved && validityBody(validity)),
      }),
      done: ({ name }) => `“${name}” is saved.`,
    },
  );
  const { draft, set, action } = edit;
  const faulty = draft.name.trim() === '' || draft.owner === null || isIncomplete(draft.validity);
  return (
    <LicenceDialog edit={edit} title="Edit licence" submitLabel="Save" disabled={faulty}>
      <TextInput
        label="Name"
        required
        maxLength={200}
        value={draft.name}
        error={action.fields['name']}
        onChange={({ currentTarget }) => set({ name: currentTarget.value })}
      />
      <Picker<Owner>
        label="Owner"
        description="Who manages all licences of the present owner does not manage this one under another."
        path="/admin/api/owners"
        choiceOf={ownerChoice}
        value={draft.owner}
        onChange={(owner) => set({ owner })}
        error={action.fields['ownerId']}
      />
      <ValidityFields
        draft={draft.validity}
        fields={action.fields}
        onChange={(validity) => set({ validity, isMoved: true })}
      />
    </LicenceDialog>
  );
}

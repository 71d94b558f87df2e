import { TextInput } from '@mantine/core';
import { useLocation } from 'wouter';
import { ask } from '../../api/ask.js';
import { FormDialog } from '../../kit/dialogs.js';
import { useAction } from '../../kit/use-action.js';
import { useDraft } from '../../kit/use-draft.js';
import { laterInWords, licenceRefresh } from './licence-calls.js';
import type { Licence, Owner } from './licence-types.js';
import { ownerChoice } from './owner-choice.js';
import { type Choice, Picker } from './picker.js';
import { endless, isIncomplete, type ValidityDraft, ValidityFields, validityBody } from './validity-fields.js';
import { WholeField } from './whole-field.js';

/** What a new licence is made of. */
interface Draft {
  readonly holder: Choice | null;
  readonly name: string;
  readonly seats: number;
  readonly validity: ValidityDraft;
  readonly isTried: boolean;
}

/** The dialog that makes a licence. `owner`: for whom, when that is settled. */
export function NewLicence(props: { readonly owner?: Choice; readonly opened: boolean; readonly onClose: () => void }) {
  const { owner, opened, onClose } = props;
  const [, navigate] = useLocation();
  const fresh = { holder: owner ?? null, name: '', seats: 10, validity: endless, isTried: false };
  const [{ holder, name, seats, validity, isTried }, set] = useDraft<Draft>(opened, () => fresh);
  const create = useAction<void, Licence>({
    quiet: true,
    refresh: licenceRefresh,
    run: () =>
      ask<Licence>('POST', '/admin/api/licences', {
        body: { ownerId: holder?.value, name: name.trim(), seats, ...stated(validityBody(validity)) },
      }),
    done: (made) => `“${made.name}” has ${made.seats} seats. Add its members next.${laterInWords(made)}`,
    onDone: (made) => {
      onClose();
      navigate(`/licences/${made.id}?tab=members`);
    },
  });
  const missing = {
    ownerId: holder === null ? 'Choose who holds the licence.' : undefined,
    name: name.trim() === '' ? 'Give it a name that people recognise.' : undefined,
    validTo: isIncomplete(validity) ? 'Choose the last day.' : undefined,
  };
  const ready = Object.values(missing).every((fault) => fault === undefined);
  return (
    <FormDialog
      opened={opened}
      onClose={onClose}
      title="New licence"
      submitLabel="Create licence"
      action={create}
      onSubmit={() => {
        set({ isTried: true });
        if (ready) void create.run();
      }}
    >
      {owner === undefined && (
        <Picker<Owner>
          label="Owner"
          path="/admin/api/owners"
          choiceOf={ownerChoice}
          value={holder}
          onChange={(next) => set({ holder: next })}
          error={(isTried && missing.ownerId) || create.fields['ownerId']}
        />
      )}
      <TextInput
        label="Name"
        description="People see it when they sign in."
        required
        maxLength={200}
        value={name}
        error={(isTried && missing.name) || create.fields['name']}
        onChange={({ currentTarget }) => set({ name: currentTarget.value })}
      />
      <WholeField
        label="Seats"
        description="How many can be inside at once."
        least={0}
        most={10_000_000}
        value={seats}
        error={create.fields['seats']}
        onChange={(next) => set({ seats: next })}
      />
      <ValidityFields
        draft={validity}
        onChange={(next) => set({ validity: next })}
        fields={
          isTried && missing.validTo !== undefined ? { ...create.fields, validTo: missing.validTo } : create.fields
        }
      />
    </FormDialog>
  );
}

/** A new licence is told only what was chosen. */
function stated(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

import type { ReactNode } from 'react';
import { FormDialog } from '../../kit/dialogs.js';
import type { Action } from '../../kit/use-action.js';
import { useBase } from '../../kit/use-base.js';
import { useDraft } from '../../kit/use-draft.js';
import { type LicenceChange, useLicenceChange } from './licence-calls.js';
import type { Licence } from './licence-types.js';
import { Stale } from './stale.js';

/** A dialog about a licence, opened and closed from outside. */
export interface LicenceDialogProps {
  readonly licence: Licence;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** What a dialog that changes a licence works with. */
export interface LicenceEdit<Draft> {
  readonly dialog: LicenceDialogProps;
  readonly draft: Draft;
  readonly set: (patch: Partial<Draft>) => void;
  readonly action: Action<Draft, Licence>;
  readonly stale: ReactNode;
}

/** A draft that begins with the licence as it is when the dialog opens, and is saved only over that. */
export function useLicenceEdit<Draft>(
  dialog: LicenceDialogProps,
  fresh: (licence: Licence) => Draft,
  change: Omit<LicenceChange<Draft>, 'onDone'>,
): LicenceEdit<Draft> {
  const { licence, opened, onClose } = dialog;
  const { base, isStale, take } = useBase(licence, opened);
  const [draft, set] = useDraft(opened, () => fresh(licence));
  const action = useLicenceChange<Draft>(base, { ...change, onDone: onClose });
  const show = () => {
    take();
    set(fresh(licence) as Partial<Draft>);
  };
  // A change that was just saved is no other person's.
  const lost = isStale && !action.busy;
  return { dialog, draft, set, action, stale: lost ? <Stale what="licence" onKeep={take} onTake={show} /> : null };
}

/** What the frame of such a dialog is given. */
export interface LicenceDialogFrame<Draft> {
  readonly edit: LicenceEdit<Draft>;
  readonly title: string;
  readonly submitLabel: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly children: ReactNode;
}

const fieldNames = ['name', 'ownerId', 'seats', 'validFrom', 'validTo', 'durationDays'];

/** Whether every fault can be read beside a field. */
function isBesideFields(fields: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(fields);
  return names.length > 0 && names.every((name) => fieldNames.includes(name));
}

/** The frame: a fault of a field stands beside the field, and a lost race is a choice. */
export function LicenceDialog<Draft>({ edit, disabled = false, children, ...words }: LicenceDialogFrame<Draft>) {
  const { dialog, draft, action, stale } = edit;
  const { problem } = action;
  const told = problem !== null && problem.slug !== 'stale-version' && !isBesideFields(problem.fields);
  return (
    <FormDialog
      {...words}
      opened={dialog.opened}
      onClose={dialog.onClose}
      action={{ ...action, problem: told ? problem : null }}
      disabled={disabled || stale !== null}
      onSubmit={() => action.run(draft)}
    >
      {children}
      {stale}
    </FormDialog>
  );
}

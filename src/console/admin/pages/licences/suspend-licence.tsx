import { Radio } from '@mantine/core';
import { plural } from '../../kit/words.js';
import { LicenceDialog, type LicenceDialogProps, useLicenceEdit } from './dialog-frame.js';

interface Draft {
  readonly mode: 'end' | 'drain';
}

/** Lets nobody in any more, and says first how many that signs out. */
export function Suspend(props: LicenceDialogProps) {
  const { used, state } = props.licence;
  const edit = useLicenceEdit<Draft>(props, () => ({ mode: 'end' }), {
    method: 'POST',
    path: '/suspend',
    body: ({ mode }) => ({ mode }),
    done: ({ name }, { mode }) =>
      mode === 'end' ? `“${name}” is suspended.` : `“${name}” lets nobody new in. Those inside stay.`,
  });
  const { draft, set } = edit;
  const signsOut =
    used === 0
      ? 'Nobody is inside at this moment.'
      : `${plural(used, 'person is', 'people are')} signed out at once and told why.`;
  return (
    <LicenceDialog
      edit={edit}
      title="Suspend licence"
      submitLabel={draft.mode === 'end' ? 'Suspend' : 'Let nobody new in'}
      danger={draft.mode === 'end'}
    >
      <Radio.Group
        label="Nobody can sign in until you reinstate it"
        value={draft.mode}
        onChange={(value) => set({ mode: value === 'drain' ? 'drain' : 'end' })}
      >
        <Radio value="end" mt={8} label="End every session" description={signsOut} />
        {state === 'active' && (
          <Radio
            value="drain"
            mt={8}
            label="Let those inside stay"
            description={
              used === 0
                ? 'Nobody new gets in.'
                : `${plural(used, 'person stays', 'people stay')} until they leave; nobody new gets in.`
            }
          />
        )}
      </Radio.Group>
    </LicenceDialog>
  );
}

/** Lets people in again. */
export function Reinstate(props: LicenceDialogProps) {
  const { seats, state } = props.licence;
  const edit = useLicenceEdit<object>(props, () => ({}), {
    method: 'POST',
    path: '/reinstate',
    body: () => ({}),
    done: ({ name }) => `People can sign in to “${name}” again.`,
  });
  return (
    <LicenceDialog edit={edit} title="Reinstate licence" submitLabel="Reinstate">
      <p>
        {state === 'draining' ? 'New people get in again' : 'People can sign in again'}, up to {plural(seats, 'seat')}.
        Sessions that were ended do not come back by themselves.
      </p>
    </LicenceDialog>
  );
}

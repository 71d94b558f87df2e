import { Radio } from '@mantine/core';
import { count, plural } from '../../kit/words.js';
import { LicenceDialog, type LicenceDialogProps, useLicenceEdit } from './dialog-frame.js';
import classes from './licences.module.css';
import { WholeField } from './whole-field.js';

interface Draft {
  readonly seats: number;
  readonly whenLowered: 'drain' | 'end-idlest';
}

/** More seats or fewer, and what becomes of those who are too many then. */
export function ChangeSeats(props: LicenceDialogProps) {
  const { used, seats: present } = props.licence;
  const edit = useLicenceEdit<Draft>(props, ({ seats }) => ({ seats, whenLowered: 'drain' }), {
    method: 'PATCH',
    body: ({ seats, whenLowered }) => (used > seats ? { seats, whenLowered } : { seats }),
    done: ({ name, seats }) => `“${name}” has ${plural(seats, 'seat')} now.`,
  });
  const { draft, set, action } = edit;
  const tooMany = Math.max(0, used - draft.seats);
  return (
    <LicenceDialog
      edit={edit}
      title="Change seats"
      submitLabel="Change seats"
      disabled={draft.seats === present && edit.stale === null}
    >
      <WholeField
        label="Seats"
        description={`${plural(present, 'seat')} now, ${count(used)} in use.`}
        least={0}
        most={10_000_000}
        value={draft.seats}
        error={action.fields['seats']}
        onChange={(seats) => set({ seats })}
      />
      {tooMany === 0 ? (
        <p className={classes.muted}>
          {draft.seats >= present ? 'The new seats can be taken at once.' : 'Nobody has to leave.'}
        </p>
      ) : (
        <Radio.Group
          label={`${plural(tooMany, 'person', 'people')} too many would be inside`}
          value={draft.whenLowered}
          onChange={(value) => set({ whenLowered: value === 'end-idlest' ? 'end-idlest' : 'drain' })}
        >
          <Radio
            value="drain"
            mt={8}
            label="Let everybody stay"
            description="Nobody new gets in until enough have left."
          />
          <Radio
            value="end-idlest"
            mt={8}
            label={`End the ${plural(tooMany, 'session')} idle for longest`}
            description="At once. Their browsers are told that the seat was needed."
          />
        </Radio.Group>
      )}
    </LicenceDialog>
  );
}

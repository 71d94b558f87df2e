import { Checkbox, Switch } from '@mantine/core';
import classes from './licences.module.css';
import { PolicySteps } from './policy-steps.js';
import { type Policy, stepsOf } from './policy-words.js';
import { WholeField } from './whole-field.js';

/** A policy as it is being edited. */
export interface PolicyEditorProps {
  readonly policy: Policy;
  readonly onChange: (policy: Policy) => void;
  readonly readOnly: boolean;
}

/** What happens when a licence is full, what one person may have, and whom the server tells: each in one sentence. */
export function PolicyEditor({ policy, onChange, readOnly }: PolicyEditorProps) {
  const most = policy.maxSessionsPerUser;
  return (
    <div className={classes.fields}>
      <h2>When every seat is taken</h2>
      <p className={classes.muted}>Tried from top to bottom; the first that makes room lets the person in.</p>
      <PolicySteps
        steps={stepsOf(policy.whenFull)}
        readOnly={readOnly}
        onChange={(steps) => onChange({ ...policy, whenFull: [...steps, 'refuse'] })}
      />
      <h2>For each person</h2>
      <Checkbox
        label="Limit how many sessions one person may have here"
        description="Holds while seats are free, too."
        checked={most !== undefined}
        disabled={readOnly}
        onChange={({ currentTarget: { checked } }) =>
          onChange({ ...policy, maxSessionsPerUser: checked ? 1 : undefined })
        }
      />
      {most !== undefined && (
        <WholeField
          label="Sessions per person"
          most={1000}
          value={most}
          readOnly={readOnly}
          onChange={(maxSessionsPerUser) => onChange({ ...policy, maxSessionsPerUser })}
        />
      )}
      <Switch
        label="Ask everybody for a second factor"
        description="Whenever they sign in. Whoever has set none up is sent a code by mail. Nobody is signed out by it."
        checked={policy.secondFactor === 'required'}
        disabled={readOnly}
        onChange={({ currentTarget: { checked } }) =>
          onChange({ ...policy, secondFactor: checked ? 'required' : undefined })
        }
      />
      <h2>For the owner</h2>
      <Switch
        label="Tell the owner by mail"
        description="When 80 %, 95 % or all of the seats are taken, and when the end is 30, 7 or 1 days away."
        checked={policy.notifyOwner === true}
        disabled={readOnly}
        onChange={({ currentTarget: { checked } }) => onChange({ ...policy, notifyOwner: checked ? true : undefined })}
      />
    </div>
  );
}

import { Button } from '@mantine/core';
import { useState } from 'react';
import { useMe } from '../../api/me.js';
import { Failed } from '../../kit/failed.js';
import { useBase } from '../../kit/use-base.js';
import { useLicenceChange } from './licence-calls.js';
import type { Licence } from './licence-types.js';
import classes from './licences.module.css';
import { PolicyEditor } from './policy-editor.js';
import { PolicyPreview } from './policy-preview-list.js';
import { faultsOfChain, type Policy, tidyPolicy } from './policy-words.js';
import { Stale } from './stale.js';

/** The policy of a licence: read by all who see it, changed by those who may, with what each change would mean beside it. */
export function PolicyPanel({ licence }: { readonly licence: Licence }) {
  const { can } = useMe();
  const [draft, setDraft] = useState<Policy | null>(null);
  const { base, isStale, take } = useBase(licence, draft !== null);
  const discard = () => setDraft(null);
  const save = useLicenceChange<Policy>(base, {
    method: 'PATCH',
    body: (policy) => ({ policy }),
    done: ({ name }) => `The policy of “${name}” is saved and holds from now on.`,
    onDone: discard,
  });
  const policy = draft ?? base.policy;
  const lost = isStale && !save.busy;
  const faulty = faultsOfChain(policy.whenFull).size > 0;
  return (
    <div className={classes.policy}>
      <div className={classes.fields}>
        <PolicyEditor
          policy={policy}
          readOnly={!can('licence.write')}
          onChange={(next) => setDraft(isSame(next, base.policy) ? null : next)}
        />
        {save.problem !== null && save.problem.slug !== 'stale-version' && <Failed problem={save.problem} />}
        {lost && (
          <Stale
            what="licence"
            onKeep={take}
            onTake={() => {
              discard();
              take();
            }}
          />
        )}
        {can('licence.write') && (
          <div className={classes.saveRow}>
            <Button
              loading={save.busy}
              disabled={draft === null || faulty || lost}
              onClick={() => void save.run(tidyPolicy(policy))}
            >
              Save policy
            </Button>
            <Button variant="default" disabled={draft === null || save.busy} onClick={discard}>
              Discard changes
            </Button>
            <span className={classes.muted} aria-live="polite">
              {draft === null ? '' : 'Not saved yet'}
            </span>
          </div>
        )}
      </div>
      <PolicyPreview licence={licence} policy={policy} />
    </div>
  );
}

function isSame(one: Policy, other: Policy): boolean {
  return JSON.stringify(tidyPolicy(one)) === JSON.stringify(tidyPolicy(other));
}

import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { ask } from '../../api/ask.js';
import type { ApiProblem } from '../../api/problem.js';
import { licencePath } from './licence-calls.js';
import type { Licence } from './licence-types.js';
import classes from './licences.module.css';
import { nowInWords, type PolicyNow, previewOf } from './policy-preview.js';
import { faultsOfChain, type Policy, tidyPolicy } from './policy-words.js';

/** What a policy would do, person by person, and what it finds in the licence at this moment. */
export function PolicyPreview({ licence, policy }: { readonly licence: Licence; readonly policy: Policy }) {
  const id = useId();
  const now = useNow(licence, policy);
  return (
    <section className={classes.preview} aria-labelledby={id}>
      <h2 id={id}>What would happen</h2>
      {previewOf(policy, licence.seats).map(({ who, steps, last }) => (
        <div key={who}>
          <p className={classes.previewWho}>{who}</p>
          <ol>
            {steps.map(({ when, outcome }) => (
              <li key={when}>
                {when}: {outcome}
              </li>
            ))}
            <li>{steps.length === 0 ? last : `Otherwise ${last}`}</li>
          </ol>
        </div>
      ))}
      {now.length > 0 && (
        <>
          <p className={classes.previewWho}>At this moment</p>
          <ul>
            {now.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Asks the server, once one has stopped typing. Nothing is said while it cannot answer: the story above stands without it. */
function useNow({ id, used }: Licence, policy: Policy): string[] {
  const [settled] = useDebouncedValue(policy, 300);
  const body = { policy: tidyPolicy(settled) };
  const found = useQuery<PolicyNow, ApiProblem>({
    queryKey: [`${licencePath(id)}/policy/preview`, body, used],
    queryFn: ({ signal }) => ask('POST', `${licencePath(id)}/policy/preview`, { body, signal }),
    enabled: faultsOfChain(settled.whenFull).size === 0,
    placeholderData: keepPreviousData,
  });
  return found.data === undefined ? [] : nowInWords(found.data);
}

import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useAsk } from '../../api/queries.js';
import { Section } from '../../kit/page.js';
import { Unanswered } from '../../kit/unanswered.js';
import { useUrlState } from '../../kit/url-state.js';
import type { Explanation, Person } from './answers.js';
import { inLocalTime, localInput } from './local-time.js';
import classes from './people.module.css';
import { calledOf } from './words.js';

/** Why somebody was refused at some time, as a story that can be read out to them. */
export function ExplainPanel({ person }: { readonly person: Person }) {
  const [{ at }, set] = useUrlState();
  const found = useAsk<Explanation>('/admin/api/explain', { user: person.id, at }, { keep: true });
  return (
    <Section
      title="Why were they refused?"
      description={`What happened when ${calledOf(person)} tried to sign in, a quarter of an hour before and after`}
    >
      <MomentForm key={at ?? ''} at={at ?? found.data?.at ?? ''} look={(moment) => set({ at: moment })} />
      {found.data === undefined ? <Unanswered asked={found} /> : <Story explanation={found.data} set={set} />}
    </Section>
  );
}

interface MomentParts {
  readonly at: string;
  look(at: string | null): void;
}

function MomentForm({ at, look }: MomentParts) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? localInput(at);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const moment = new Date(shown);
    if (!Number.isNaN(moment.getTime())) look(moment.toISOString());
  };
  return (
    <form className={classes.moment} onSubmit={submit}>
      <TextInput
        type="datetime-local"
        label="When was it?"
        value={shown}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <Button type="submit" variant="default">
        Look
      </Button>
      <Button variant="subtle" onClick={() => look(null)}>
        Just now
      </Button>
    </form>
  );
}

interface StoryParts {
  readonly explanation: Explanation;
  set(patch: Record<string, string>): void;
}

function Story({ explanation, set }: StoryParts) {
  const { words, lastRefusal } = explanation;
  return (
    <div aria-live="polite">
      <ol className={classes.story}>
        {words.map((sentence) => (
          <li key={sentence}>{inLocalTime(sentence)}</li>
        ))}
      </ol>
      {lastRefusal !== null && (
        <Button variant="default" size="xs" onClick={() => set({ at: lastRefusal.at })}>
          Show the last refusal
        </Button>
      )}
    </div>
  );
}

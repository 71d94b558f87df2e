import { setUpTexts } from '../../texts/set-up.js';

/** Shows how far the set-up has come. */
export function Steps({ at }: { at: 0 | 1 | 2 | 3 }) {
  const t = setUpTexts();
  return (
    <nav aria-label={t.steps}>
      <ol class="steps">
        {[t.stepAccount, t.stepLicence, t.stepPeople, t.stepReady].map((name, number) => (
          <li key={name} class={number < at ? 'past' : undefined} aria-current={number === at ? 'step' : undefined}>
            <span class="number" aria-hidden="true">
              {number < at ? '✓' : number + 1}
            </span>
            <span class="name">{name}</span>
            {number < at && <span class="unseen"> ({t.doneStep})</span>}
          </li>
        ))}
      </ol>
    </nav>
  );
}

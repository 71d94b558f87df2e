import { Frame } from '../../kit/frame.js';
import { TroubleNotice } from '../../kit/trouble.js';
import { signInTexts } from '../../texts/sign-in.js';
import type { Stage, Way } from './way.js';

/** Which licence the seat is to be in. */
export function LicenceChoice({ way, stage }: { way: Way; stage: Extract<Stage, { kind: 'choice' }> }) {
  const t = signInTexts();
  const { step, go } = way;
  return (
    <Frame title={t.choiceTitle} lead={t.choiceLead}>
      <TroubleNotice step={step} />
      <ul class="choices" aria-busy={step.busy}>
        {stage.licences.map(({ id, name, owner }) => (
          <li key={id}>
            <button
              type="button"
              class="choice"
              onClick={() => step.run(() => go((more) => stage.again({ licenceId: id, ...more })))}
            >
              <span>{name}</span> <small>{owner}</small>
            </button>
          </li>
        ))}
      </ul>
      <p class="links">
        <button type="button" class="link" onClick={() => way.begin()}>
          {t.beginAgain}
        </button>
      </p>
    </Frame>
  );
}

import { Frame } from '../../kit/frame.js';
import { Notice } from '../../kit/notice.js';
import { figure } from '../../language.js';
import { setUpTexts } from '../../texts/set-up.js';
import type { Made } from './licence-step.js';
import type { Invited } from './people-step.js';
import { Steps } from './steps.js';

/** Says what has been done, and where it goes on. */
export function ReadyStep({ licence, invited }: { licence: Made | null; invited: Invited | null }) {
  const t = setUpTexts();
  return (
    <Frame title={t.readyTitle} lead={t.readyLead} wide>
      <Steps at={3} />
      {invited !== null && (
        <Notice kind={invited.notAdded.length > 0 ? 'warning' : 'good'}>
          {invited.invited > 0 && <p>{t.invited(figure(invited.invited))}</p>}
          {invited.added > 0 && <p>{t.added(figure(invited.added))}</p>}
          {invited.notAdded.length > 0 && <p>{t.notAdded(invited.notAdded.slice(0, 5).join(', '))}</p>}
        </Notice>
      )}
      <div class="stack">
        <a class="button main" href={licence === null ? '/admin/' : `/admin/licences/${licence.id}`}>
          {t.toConsole}
        </a>
        <a class="button" href="/account/security">
          {t.toSecurity}
        </a>
        <a class="button" href="/manual">
          {t.toManual}
        </a>
      </div>
    </Frame>
  );
}

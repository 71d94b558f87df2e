import { Frame } from '../../kit/frame.js';
import { showPage } from '../../kit/show-page.js';
import { onwards } from '../../return-to.js';
import { reasonTexts } from '../../texts/reasons.js';
import { registerTexts } from '../../texts/register.js';

function SignedOut() {
  const t = registerTexts();
  const reasons: Readonly<Record<string, string>> = reasonTexts();
  const reason = new URLSearchParams(location.search).get('reason') ?? '';
  const why = Object.hasOwn(reasons, reason) ? reasons[reason] : t.signedOutLead;
  return (
    <Frame title={t.signedOutTitle} lead={why}>
      <div class="stack">
        <a class="button main" href={onwards('/sign-in')}>
          {t.signInAgain}
        </a>
      </div>
    </Frame>
  );
}

showPage(SignedOut);

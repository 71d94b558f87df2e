import { LinkPage } from '../../kit/link-page.js';
import { showPage } from '../../kit/show-page.js';
import { confirmEmailTexts } from '../../texts/links.js';
import { usher } from '../../usher.js';

function ConfirmEmail() {
  const t = confirmEmailTexts();
  return (
    <LinkPage
      said={t}
      send={async (token) => {
        const { changed, waitingFor } = await usher.call('POST /auth/account/email/confirm', { body: { token } });
        if (changed) return { title: t.changedTitle, words: t.changed };
        return { title: t.halfTitle, words: waitingFor === 'new' ? t.waitsForNew : t.waitsForOld };
      }}
    />
  );
}

showPage(ConfirmEmail);

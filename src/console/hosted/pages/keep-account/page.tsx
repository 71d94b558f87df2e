import { LinkPage } from '../../kit/link-page.js';
import { showPage } from '../../kit/show-page.js';
import { keepTexts } from '../../texts/links.js';
import { usher } from '../../usher.js';

function KeepAccount() {
  const t = keepTexts();
  return (
    <LinkPage
      said={t}
      send={async (token) => {
        await usher.call('POST /auth/account/keep', { body: { token } });
        return { title: t.doneTitle, words: t.done };
      }}
    />
  );
}

showPage(KeepAccount);

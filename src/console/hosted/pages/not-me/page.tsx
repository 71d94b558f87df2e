import { LinkPage } from '../../kit/link-page.js';
import { showPage } from '../../kit/show-page.js';
import { notMeTexts } from '../../texts/links.js';
import { usher } from '../../usher.js';

function NotMe() {
  const t = notMeTexts();
  return (
    <LinkPage
      said={t}
      danger
      asksAgain
      send={async (token) => {
        await usher.call('POST /auth/not-me', { body: { token } });
        return { title: t.doneTitle, words: t.done };
      }}
    />
  );
}

showPage(NotMe);

import { LinkPage } from '../../kit/link-page.js';
import { NewPassword } from '../../kit/new-password.js';
import { showPage } from '../../kit/show-page.js';
import { resetTexts } from '../../texts/links.js';
import { usher } from '../../usher.js';

function ResetPassword() {
  const t = resetTexts();
  return (
    <LinkPage
      said={t}
      asksAgain
      send={async (token, { password = '' }) => {
        await usher.call('POST /auth/password/reset', { body: { token, password } });
        return { title: t.doneTitle, words: t.done };
      }}
    >
      <NewPassword label={t.password} lessWithFactor />
    </LinkPage>
  );
}

showPage(ResetPassword);

import { Field } from '../../kit/field.js';
import { LinkPage } from '../../kit/link-page.js';
import { NewPassword } from '../../kit/new-password.js';
import { showPage } from '../../kit/show-page.js';
import { invitationTexts } from '../../texts/links.js';
import { usher } from '../../usher.js';

function Invitation() {
  const t = invitationTexts();
  return (
    <LinkPage
      said={t}
      send={async (token, { password = '', name }) => {
        const body = { token, password, ...(name !== undefined && { name }) };
        const { email } = await usher.call('POST /auth/invitations/accept', { body });
        return { title: t.doneTitle, words: t.done(email) };
      }}
    >
      <Field name="name" label={t.name} hint={t.nameHint} maxLength={200} autoComplete="name" />
      <NewPassword />
    </LinkPage>
  );
}

showPage(Invitation);

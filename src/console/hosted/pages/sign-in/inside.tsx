import { Button } from '../../kit/button.js';
import { Frame } from '../../kit/frame.js';
import { Notice } from '../../kit/notice.js';
import { TroubleNotice } from '../../kit/trouble.js';
import { figure } from '../../language.js';
import { returnTo } from '../../return-to.js';
import { signInTexts } from '../../texts/sign-in.js';
import type { Stage, Way } from './way.js';

/** Who is signed in, and where they may go from here. */
export function InsidePage({
  way,
  stage: { view, switches = false },
}: {
  way: Way;
  stage: Extract<Stage, { kind: 'inside' }>;
}) {
  const t = signInTexts();
  const { step } = way;
  const { user, licence, recoveryCodesLeft } = view;
  const on = returnTo();
  const another = () => step.run(() => way.leave(null));
  const who = user.name === null ? user.email : `${user.name} (${user.email})`;
  return (
    <Frame title={t.insideTitle} lead={[t.as(who), licence && t.seat(licence.name)].filter(Boolean).join(' ')}>
      {recoveryCodesLeft !== undefined && <Notice kind="warning">{t.codesLeft(figure(recoveryCodesLeft))}</Notice>}
      <TroubleNotice step={step} />
      <div class="stack">
        {switches && (
          <Button kind="main" busy={step.busy} onClick={another}>
            {t.somebodyElse}
          </Button>
        )}
        {on !== null && (
          <a class={switches ? 'button quiet' : 'button main'} href={on}>
            {t.goOn}
          </a>
        )}
        <a class="button quiet" href="/account">
          {t.account}
        </a>
        {user.permissions.length > 0 && (
          <a class="button quiet" href="/admin/">
            {t.console}
          </a>
        )}
        <Button busy={step.busy} onClick={() => step.run(() => way.leave({ kind: 'signed-out' }))}>
          {t.signOut}
        </Button>
      </div>
      {!switches && (
        <p class="links">
          <button type="button" class="link" onClick={another}>
            {t.somebodyElse}
          </button>
        </p>
      )}
    </Frame>
  );
}

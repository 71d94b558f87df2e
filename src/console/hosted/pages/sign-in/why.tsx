import { Notice } from '../../kit/notice.js';
import { kitTexts } from '../../texts/kit.js';
import { reasonTexts } from '../../texts/reasons.js';
import { signInTexts } from '../../texts/sign-in.js';
import type { Why } from './way.js';

/** Says why somebody has to sign in again; nothing where the reason is not one we know. */
export function WhyNotice({ why }: { why: Why }) {
  const t = signInTexts();
  if (why.kind === 'too-long') return <Notice kind="info">{t.tooLong}</Notice>;
  if (why.kind === 'signed-out') return <Notice kind="good">{t.signedOut}</Notice>;
  const reasons: Readonly<Record<string, string>> = reasonTexts();
  const { reason, message } = why.ended;
  if (!Object.hasOwn(reasons, reason)) return null;
  return (
    <Notice kind="info">
      <p>{reasons[reason]}</p>
      {message !== undefined && (
        <p>
          {kitTexts().messageFromStaff} {message}
        </p>
      )}
    </Notice>
  );
}

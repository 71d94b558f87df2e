import { useState } from 'preact/hooks';
import { house } from '../../house.js';
import { Button } from '../../kit/button.js';
import { Asking, Dialog } from '../../kit/dialog.js';
import { Notice } from '../../kit/notice.js';
import { confirmed } from '../../kit/step-up.js';
import { figure, moment } from '../../language.js';
import { securityTexts } from '../../texts/security.js';
import { usher } from '../../usher.js';
import type { Held } from './factors.js';

/** How many recovery codes are left, and new ones, which are shown once: to be printed, copied or saved. */
export function RecoveryCodes({ held, email, reload }: { held: Held; email: string; reload: () => Promise<void> }) {
  const t = securityTexts();
  const [asked, setAsked] = useState(false);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const { recoveryCodes } = held;
  if (recoveryCodes === null && !held.offers.includes('recovery')) return null;
  const make = () =>
    confirmed(async () => {
      const made = await usher.call('POST /auth/factors/recovery-codes', {});
      setAsked(false);
      setCodes(made.codes);
      await reload();
    });
  return (
    <section>
      <h2>{t.recovery}</h2>
      <p class="fine">{t.recoveryHint}</p>
      {recoveryCodes === null ? (
        <p class="empty">{t.noCodes}</p>
      ) : (
        <p class="value figures">
          <span>{t.codesLeft(figure(recoveryCodes.left))}</span>{' '}
          {recoveryCodes.low && <span class="badge warning">{t.codesLow}</span>}
        </p>
      )}
      <Button onClick={() => setAsked(true)}>{recoveryCodes === null ? t.makeCodes : t.makeNewCodes}</Button>
      {asked && (
        <Asking
          title={recoveryCodes === null ? t.makeCodes : t.makeNewCodes}
          lead={recoveryCodes === null ? t.codesLead : t.newCodesLead}
          button={t.makeCodes}
          act={make}
          close={() => setAsked(false)}
        />
      )}
      {codes !== null && <Codes codes={codes} email={email} close={() => setCodes(null)} />}
    </section>
  );
}

function Codes({ codes, email, close }: { codes: readonly string[]; email: string; close: () => void }) {
  const t = securityTexts();
  const [copied, setCopied] = useState<boolean | null>(null);
  const [made] = useState(() => moment(new Date().toISOString()));
  const whole = [t.codesFor(house.brand, email), t.codesMade(made), '', ...codes, ''].join('\r\n');
  const copy = async () => {
    setCopied(null);
    try {
      await navigator.clipboard.writeText(whole);
      setCopied(true);
    } catch {
      setCopied(false);
    }
  };
  const canCopy = 'clipboard' in navigator;
  return (
    <Dialog title={t.codesTitle}>
      <p class="unprinted">{t.codesLead}</p>
      <div class="sheet">
        <p class="fine">
          {t.codesFor(house.brand, email)}. {t.codesMade(made)}
        </p>
        <ul class="codes">
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ul>
      </div>
      <div class="actions unprinted">
        <Button onClick={() => print()}>{t.print}</Button>
        {canCopy && <Button onClick={() => void copy()}>{t.copy}</Button>}
        <Button onClick={() => saveFile(whole)}>{t.download}</Button>
        <Button kind="main" onClick={close}>
          {t.kept}
        </Button>
      </div>
      {copied === false && (
        <div class="unprinted">
          <Notice kind="error">{t.notCopied}</Notice>
        </div>
      )}
      <p class="fine unprinted" role="status">
        {copied === true && t.copied}
      </p>
    </Dialog>
  );
}

function saveFile(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = Object.assign(document.createElement('a'), { href: address, download: 'recovery-codes.txt' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

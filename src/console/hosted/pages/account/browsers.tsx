import type { Calls } from '../../../../client/api.js';
import { Button } from '../../kit/button.js';
import { useStep } from '../../kit/step.js';
import { TroubleNotice } from '../../kit/trouble.js';
import { ago, figure, moment } from '../../language.js';
import { devicesTexts } from '../../texts/devices.js';
import { usher } from '../../usher.js';
import { deviceWords, Row, When } from './device.js';
import { Done } from './done.js';
import { type Say, useDone } from './part.js';

type Browser = Calls['GET /auth/browsers']['reply']['items'][number];

/** The browsers that may come back without the password. */
export function Browsers({ browsers, reload }: { browsers: readonly Browser[]; reload: () => Promise<void> }) {
  const t = devicesTexts();
  const [done, say] = useDone();
  const all = useStep();
  const forgetAll = () =>
    all.run(async () => {
      const { forgotten } = await usher.call('DELETE /auth/browsers', {});
      document.getElementById('browsers')?.focus();
      await reload();
      say(t.allForgotten(figure(forgotten)));
    });
  return (
    <section aria-labelledby="browsers">
      <h2 id="browsers" tabIndex={-1}>
        {t.browsers}
      </h2>
      <p class="fine">{t.browsersHint}</p>
      {browsers.length === 0 ? (
        <p class="empty">{t.noBrowsers}</p>
      ) : (
        <ul class="rows">
          {browsers.map((browser) => (
            <One key={browser.id} browser={browser} reload={reload} say={say} />
          ))}
        </ul>
      )}
      {browsers.length > 1 && (
        <Button busy={all.busy} onClick={forgetAll}>
          {t.forgetAll}
        </Button>
      )}
      <TroubleNotice step={all} />
      <Done words={done} />
    </section>
  );
}

function One({ browser, reload, say }: { browser: Browser; reload: () => Promise<void>; say: Say }) {
  const t = devicesTexts();
  const step = useStep();
  const device = deviceWords(browser);
  const forget = () =>
    step.run(async () => {
      await usher.call('DELETE /auth/browsers/{id}', { params: { id: browser.id } });
      document.getElementById('browsers')?.focus();
      await reload();
      say(t.forgotten(device));
    });
  return (
    <Row
      title={device}
      badge={browser.current && <span class="badge good">{t.thisBrowser}</span>}
      facts={[
        <When key="used" at={browser.lastUsedAt} words={t.used(ago(browser.lastUsedAt))} />,
        <When key="until" at={browser.expiresAt} words={t.until(moment(browser.expiresAt))} />,
        browser.ip !== '' && t.from(browser.ip),
        step.trouble && <TroubleNotice step={step} />,
      ].filter(Boolean)}
    >
      <Button busy={step.busy} aria-label={t.forgetNamed(device)} onClick={forget}>
        {t.forget}
      </Button>
    </Row>
  );
}

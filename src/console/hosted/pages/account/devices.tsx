import { useState } from 'preact/hooks';
import type { Calls } from '../../../../client/api.js';
import { Button } from '../../kit/button.js';
import { Asking } from '../../kit/dialog.js';
import { useLoaded, WhenLoaded } from '../../kit/loaded.js';
import { useStep } from '../../kit/step.js';
import { TroubleNotice } from '../../kit/trouble.js';
import { ago, figure, moment } from '../../language.js';
import { devicesTexts } from '../../texts/devices.js';
import { usher } from '../../usher.js';
import { Browsers } from './browsers.js';
import { deviceWords, Row, When } from './device.js';
import { Done } from './done.js';
import { type PartProps, type Say, useDone } from './part.js';

type Own = Calls['GET /auth/sessions']['reply']['items'][number];

/** Sessions, remembered browsers, and the way out of all of them. */
export function Devices({ leave }: PartProps) {
  const loaded = useLoaded(() =>
    Promise.all([usher.call('GET /auth/sessions', {}), usher.call('GET /auth/browsers', {})]),
  );
  return (
    <WhenLoaded loaded={loaded} lines={4}>
      {([sessions, browsers]) => (
        <>
          <Sessions sessions={sessions.items} reload={loaded.reload} />
          <Browsers browsers={browsers.items} reload={loaded.reload} />
          <Everywhere leave={leave} />
        </>
      )}
    </WhenLoaded>
  );
}

function Sessions({ sessions, reload }: { sessions: readonly Own[]; reload: () => Promise<void> }) {
  const t = devicesTexts();
  const [done, say] = useDone();
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions" tabIndex={-1}>
        {t.sessions}
      </h2>
      <p class="fine">{t.sessionsHint}</p>
      <SessionList sessions={sessions} reload={reload} say={say} />
      <Done words={done} />
    </section>
  );
}

function SessionList(props: { sessions: readonly Own[]; reload: () => Promise<void>; say: Say }) {
  const t = devicesTexts();
  const { sessions, reload, say } = props;
  const [asked, setAsked] = useState(false);
  const others = sessions.filter(({ current }) => !current);
  const endOthers = async () => {
    const answer = await usher.call('POST /auth/sessions/end-others', {});
    setAsked(false);
    await reload();
    say(t.othersEnded(figure('ended' in answer ? answer.ended : others.length)), answer);
  };
  return (
    <>
      <ul class="rows">
        {[...sessions.filter(({ current }) => current), ...others].map((session) => (
          <Session key={session.ref} session={session} reload={reload} say={say} />
        ))}
      </ul>
      {others.length === 0 ? (
        <p class="fine">{t.onlyThis}</p>
      ) : (
        <Button onClick={() => setAsked(true)}>{t.endOthers}</Button>
      )}
      {asked && (
        <Asking
          title={t.endOthersTitle}
          lead={t.endOthersLead(figure(others.length))}
          button={t.endOthers}
          danger
          act={endOthers}
          close={() => setAsked(false)}
        />
      )}
    </>
  );
}

function Session(props: { session: Own; reload: () => Promise<void>; say: Say }) {
  const t = devicesTexts();
  const { session, reload, say } = props;
  const step = useStep();
  const device = deviceWords(session);
  const end = () =>
    step.run(async () => {
      const answer = await usher.call('DELETE /auth/sessions/{ref}', { params: { ref: session.ref } });
      document.getElementById('sessions')?.focus();
      await reload();
      say(t.ended(device), answer);
    });
  return (
    <Row
      title={device}
      badge={session.current && <span class="badge good">{t.thisDevice}</span>}
      facts={[
        <When key="seen" at={session.lastSeenAt} words={t.seen(ago(session.lastSeenAt))} />,
        <When key="since" at={session.createdAt} words={t.since(moment(session.createdAt))} />,
        session.ip !== '' && t.from(session.ip),
        step.trouble && <TroubleNotice step={step} />,
      ].filter(Boolean)}
    >
      {!session.current && (
        <Button busy={step.busy} aria-label={t.endNamed(device)} onClick={end}>
          {t.end}
        </Button>
      )}
    </Row>
  );
}

function Everywhere({ leave }: Pick<PartProps, 'leave'>) {
  const t = devicesTexts();
  const [asked, setAsked] = useState(false);
  const go = async () => {
    await usher.call('POST /auth/account/sign-out-everywhere', {});
    leave({ title: t.goneTitle, words: t.gone });
  };
  return (
    <section>
      <h2>{t.everywhere}</h2>
      <p class="fine">{t.everywhereHint}</p>
      <Button kind="danger" onClick={() => setAsked(true)}>
        {t.everywhere}
      </Button>
      {asked && (
        <Asking
          title={t.everywhereTitle}
          lead={t.everywhereLead}
          button={t.everywhere}
          danger
          act={go}
          close={() => setAsked(false)}
        />
      )}
    </section>
  );
}

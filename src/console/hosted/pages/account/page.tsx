import './account.css';
import { useEffect, useState } from 'preact/hooks';
import { Frame } from '../../kit/frame.js';
import type { Told } from '../../kit/link-page.js';
import { NotOpened } from '../../kit/not-opened.js';
import { Notice } from '../../kit/notice.js';
import { showPage } from '../../kit/show-page.js';
import { useStep } from '../../kit/step.js';
import { StepUp } from '../../kit/step-up.js';
import { accountTexts } from '../../texts/account.js';
import { reasonTexts } from '../../texts/reasons.js';
import { usher } from '../../usher.js';
import { Devices } from './devices.js';
import { Profile } from './profile.js';
import { Sections, useSection } from './sections.js';
import { Security } from './security.js';

const parts = { profile: Profile, security: Security, devices: Devices };

function useUsher() {
  const [state, setState] = useState(usher.state);
  useEffect(() => usher.subscribe(() => setState(usher.state())), []);
  return state;
}

/** Where to sign in to come back here. */
const signInPath = () => `/sign-in?${new URLSearchParams({ return_to: location.pathname })}`;

function Account() {
  const t = accountTexts();
  const { session, ended, known } = useUsher();
  const section = useSection();
  const start = useStep();
  // What is said to somebody who has no account or no session any more, by their own wish.
  const [farewell, setFarewell] = useState<Told | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once.
  useEffect(() => {
    void start.run(async () => {
      if ((await usher.start()) !== null || usher.state().ended !== null) return;
      location.replace(signInPath());
    });
  }, []);

  const again = (
    <a class="button main" href={signInPath()}>
      {t.signInAgain}
    </a>
  );
  if (farewell !== null) {
    return (
      <Frame title={farewell.title} lead={farewell.words}>
        {again}
      </Frame>
    );
  }
  if (session === null && ended !== null) {
    return (
      <Frame title={t.endedTitle} lead={reasonTexts()[ended.reason]}>
        {ended.message !== undefined && <Notice kind="info">{ended.message}</Notice>}
        {again}
      </Frame>
    );
  }
  const Part = parts[section];
  return (
    <Frame title={t[section]} lead={t[`${section}Lead`]} wide>
      <Sections section={section} signedIn={session !== null} />
      <NotOpened step={start} />
      {known && session !== null && <Part key={section} session={session} leave={setFarewell} />}
      <StepUp />
    </Frame>
  );
}

showPage(Account);

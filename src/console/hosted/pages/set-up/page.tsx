import './set-up.css';
import { useEffect, useState } from 'preact/hooks';
import { Frame } from '../../kit/frame.js';
import { linkToken } from '../../kit/link-page.js';
import { NotOpened } from '../../kit/not-opened.js';
import { showPage } from '../../kit/show-page.js';
import { useStep } from '../../kit/step.js';
import { kitTexts } from '../../texts/kit.js';
import { setUpTexts } from '../../texts/set-up.js';
import { usher } from '../../usher.js';
import { AccountStep } from './account-step.js';
import { LicenceStep, type Made, type Owner } from './licence-step.js';
import { type Invited, PeopleStep } from './people-step.js';
import { ReadyStep } from './ready-step.js';
import { staffCall } from './staff-call.js';

type Place =
  | { readonly step: 'account'; readonly token: string }
  | { readonly step: 'licence'; readonly owner: Owner | null }
  | { readonly step: 'people'; readonly licence: Made }
  | { readonly step: 'ready'; readonly licence: Made | null; readonly invited: Invited | null }
  | { readonly step: 'stale' | 'nobody' };

/** Where somebody who is signed in goes on: everything before has been saved as it was done. */
async function placeOfStaff(): Promise<Place> {
  type Licences = { readonly items: readonly (Made & { readonly members?: number })[] };
  const { items } = await staffCall<Licences>('GET', '/licences?limit=1');
  const [licence] = items;
  if (licence === undefined) return { step: 'licence', owner: await onlyOwner() };
  const members = await staffCall<{ items: readonly unknown[] }>('GET', `/licences/${licence.id}/members?limit=1`);
  const invitations = await staffCall<{ items: readonly unknown[] }>(
    'GET',
    `/licences/${licence.id}/invitations?limit=1`,
  );
  const isEmpty = members.items.length + invitations.items.length === 0;
  return isEmpty ? { step: 'people', licence } : { step: 'ready', licence, invited: null };
}

/** The owner that was made before the page was left; null when there is none, or more than this page makes. */
async function onlyOwner(): Promise<Owner | null> {
  const { items } = await staffCall<{ items: readonly Owner[] }>('GET', '/owners?limit=2');
  const [owner = null] = items;
  return items.length === 1 ? owner : null;
}

async function firstPlace(): Promise<Place> {
  const session = await usher.start();
  if (session !== null) {
    return session.user.permissions.includes('licence.write') ? placeOfStaff() : { step: 'nobody' };
  }
  const token = linkToken();
  return token === null ? { step: 'nobody' } : { step: 'account', token };
}

function SetUp() {
  const t = setUpTexts();
  const [place, setPlace] = useState<Place | null>(null);
  const start = useStep();
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once.
  useEffect(() => {
    void start.run(async () => setPlace(await firstPlace()));
  }, []);

  switch (place?.step) {
    case 'account':
      return (
        <AccountStep
          token={place.token}
          done={() => setPlace({ step: 'licence', owner: null })}
          stale={() => setPlace({ step: 'stale' })}
        />
      );
    case 'licence':
      return <LicenceStep made={place.owner} done={(licence) => setPlace({ step: 'people', licence })} />;
    case 'people':
      return (
        <PeopleStep
          licence={place.licence}
          done={(invited) => setPlace({ step: 'ready', licence: place.licence, invited })}
        />
      );
    case 'ready':
      return <ReadyStep licence={place.licence} invited={place.invited} />;
    case 'stale':
    case 'nobody': {
      const isStale = place.step === 'stale';
      return (
        <Frame title={isStale ? t.staleTitle : t.wrongTitle} lead={isStale ? t.stale : t.wrong}>
          <a class="button main" href="/sign-in?switch=1&return_to=/auth/set-up">
            {t.signInToGoOn}
          </a>
        </Frame>
      );
    }
    default:
      return (
        <Frame title={t.title} lead={start.trouble ? undefined : kitTexts().loading}>
          <NotOpened step={start} />
        </Frame>
      );
  }
}

showPage(SetUp);

import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../kit/button.js';
import { useStep } from '../../kit/step.js';
import { TroubleNotice } from '../../kit/trouble.js';
import { accountTexts } from '../../texts/account.js';
import { usher } from '../../usher.js';

const paths = { profile: '/account', security: '/account/security', devices: '/account/devices' } as const;

/** A part of the page. */
export type Section = keyof typeof paths;

const names = Object.keys(paths) as Section[];
const changed = new EventTarget();

function sectionHere(): Section {
  return names.find((name) => paths[name] === location.pathname) ?? 'profile';
}

/** The part that the address names. */
export function useSection(): Section {
  const [section, setSection] = useState(sectionHere);
  useEffect(() => {
    const look = () => setSection(sectionHere());
    addEventListener('popstate', look);
    changed.addEventListener('change', look);
    return () => {
      removeEventListener('popstate', look);
      changed.removeEventListener('change', look);
    };
  }, []);
  return section;
}

/** Leads to the other parts, and out. */
export function Sections({ section, signedIn }: { section: Section; signedIn: boolean }) {
  const t = accountTexts();
  const out = useStep();
  const go = (event: MouseEvent, to: Section) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    // The title of the next part gets the focus.
    (event.currentTarget as HTMLElement).blur();
    history.pushState(null, '', paths[to]);
    changed.dispatchEvent(new Event('change'));
  };
  const signOut = () =>
    out.run(async () => {
      await usher.signOut();
      location.assign('/sign-in');
    });
  return (
    <>
      <div class="parts">
        <nav aria-label={t.sections}>
          {names.map((name) => (
            <a
              key={name}
              href={paths[name]}
              aria-current={name === section ? 'page' : undefined}
              onClick={(event) => go(event, name)}
            >
              {t[name]}
            </a>
          ))}
        </nav>
        {signedIn && (
          <Button busy={out.busy} onClick={signOut}>
            {t.signOut}
          </Button>
        )}
      </div>
      <TroubleNotice step={out} />
    </>
  );
}

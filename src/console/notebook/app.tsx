import { useCallback, useEffect, useState } from 'preact/hooks';
import { Bench } from './bench.js';
import { EndedDialog } from './ended-dialog.js';
import { SignIn } from './sign-in.js';
import { saidOf, useUsher, usher } from './usher.js';

/** The notebook: asks who is signed in, then shows the bench, or the way to it. */
export function App() {
  const { known, session, ended, waiting } = useUsher();
  const [fault, tell] = useState('');
  const start = useCallback(() => {
    tell('');
    usher.start().catch((error) => tell(saidOf(error)));
  }, []);
  useEffect(start, [start]);
  if (fault !== '' && !known) {
    return (
      <main class="alone">
        <h1>Lab notebook</h1>
        <p class="said" role="alert">
          {fault}
        </p>
        <button type="button" class="main" onClick={start}>
          Try again
        </button>
      </main>
    );
  }
  if (!known) return <main class="alone quiet" aria-busy="true" aria-label="Lab notebook" />;
  return (
    <>
      {session === null ? <SignIn waiting={waiting} /> : <Bench key={session.session.ref} view={session} />}
      <EndedDialog ended={session === null ? ended : null} />
    </>
  );
}

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Ended } from 'usher/client';
import { reasons } from './reasons.js';

/** Says why there is no session any more, once. Nothing has to be said to whoever has just signed out. */
export function EndedDialog({ ended }: { ended: Ended | null }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [seen, see] = useState<Ended | null>(null);
  const shown = ended !== null && ended !== seen && ended.reason !== 'signed-out' ? ended : null;
  useEffect(() => {
    if (shown !== null) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown]);
  if (shown === null) return null;
  const [title, sentence] = reasons[shown.reason];
  return (
    <dialog ref={dialog} aria-labelledby="why" aria-describedby="because" onClose={() => see(shown)}>
      <h2 id="why">{title}</h2>
      <div id="because">
        <p>{sentence}</p>
        {shown.message !== undefined && (
          <figure>
            <figcaption>They say:</figcaption>
            <blockquote>{shown.message}</blockquote>
          </figure>
        )}
        <p class="faint">The notes of that session have gone with it.</p>
      </div>
      <button type="button" class="main" onClick={() => dialog.current?.close()}>
        Sign in again
      </button>
    </dialog>
  );
}

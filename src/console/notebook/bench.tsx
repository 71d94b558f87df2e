import { useRef, useState } from 'preact/hooks';
import type { SessionView } from 'usher/client';
import { bytesOf, mostBytes, type Note, notesIn, useNotebook } from './notes.js';
import { SessionStrip } from './session-strip.js';
import { saidOf, usher } from './usher.js';
import { counted, dayOf, timeOf } from './words.js';

/** The notebook of whoever is signed in. */
export function Bench({ view }: { view: SessionView }) {
  const { data, add, remove } = useNotebook(view.data);
  const [said, tell] = useState('');
  const notes = notesIn(data);
  const trying = (going: Promise<unknown>) =>
    going.then(
      () => tell(''),
      (error) => tell(saidOf(error)),
    );
  return (
    <div class="bench">
      <header>
        <p class="name">Lab notebook</p>
        <p class="who">
          {view.user.name ?? view.user.email}
          {view.licence !== null && <span class="faint"> · {view.licence.name}</span>}
        </p>
        <button type="button" onClick={() => trying(usher.signOut())}>
          Sign out
        </button>
      </header>
      <SessionStrip view={view} />
      <main>
        <h1>Today at the bench</h1>
        <p class="faint">
          These notes live as long as your session, at the latest until {dayOf(view.session.absoluteExpiresAt)}. Signing
          out takes them away.
        </p>
        <Composer add={add} tell={tell} />
        <p class="said" role="alert">
          {said}
        </p>
        {notes.length === 0 ? (
          <p class="empty">Nothing noted yet. What you write above appears here, and in your other tabs.</p>
        ) : (
          <ol class="notes" aria-label="Notes">
            {notes.map((note) => (
              <Entry key={note.id} note={note} remove={() => trying(remove(note))} />
            ))}
          </ol>
        )}
        <Room used={bytesOf(data)} count={notes.length} />
      </main>
    </div>
  );
}

function Composer({ add, tell }: { add: (text: string) => Promise<void>; tell: (said: string) => void }) {
  const [text, type] = useState('');
  const [busy, wait] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const send = async () => {
    if (text.trim() === '' || busy) return;
    wait(true);
    tell('');
    try {
      await add(text.trim());
      // What was typed on meanwhile stays.
      type((now) => (now === text ? '' : now));
    } catch (error) {
      tell(saidOf(error));
    } finally {
      wait(false);
      area.current?.focus();
    }
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label for="note">What did you observe?</label>
      <textarea
        id="note"
        ref={area}
        rows={3}
        maxLength={2000}
        value={text}
        aria-describedby="how"
        onInput={({ currentTarget }) => type(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          void send();
        }}
      />
      <div class="row">
        <span id="how" class="faint">
          Ctrl + Enter notes it.
        </span>
        <button type="submit" class="main" disabled={busy || text.trim() === ''}>
          Note it
        </button>
      </div>
    </form>
  );
}

function Entry({ note: { text, at }, remove }: { note: Note; remove: () => void }) {
  return (
    <li>
      <time dateTime={at}>{timeOf(at)}</time>
      <p>{text}</p>
      <button
        type="button"
        class="plain"
        aria-label={`Strike out the note of ${timeOf(at)}: ${text.slice(0, 40)}`}
        onClick={remove}
      >
        Strike out
      </button>
    </li>
  );
}

function Room({ used, count }: { used: number; count: number }) {
  const part = Math.min(1, used / mostBytes);
  return (
    <p class="room faint">
      <meter min={0} max={1} high={0.85} value={part} aria-label="Room for notes" />
      {counted(count, 'note')}, {(used / 1024).toFixed(1)} of {mostBytes / 1024} KiB
    </p>
  );
}

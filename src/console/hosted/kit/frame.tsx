import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { house } from '../house.js';
import { type Language, language, languages, speak } from '../language.js';
import { kitTexts } from '../texts/kit.js';

/**
 * What a page shows: its title and its card. `wide` where there is more than a form. When the title changes, it gets the focus,
 * so that whoever cannot see the page hears that it is another one; something in the card may take the focus instead.
 */
export function Frame({
  title,
  lead,
  wide = false,
  children,
}: {
  title: string;
  /** A sentence or two below the title. */
  lead?: ComponentChildren;
  wide?: boolean;
  children?: ComponentChildren;
}) {
  const t = kitTexts();
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef('');
  const spoken = useRef(language());
  useEffect(() => {
    document.title = `${title} – ${house.brand}`;
    const isNew = shown.current !== '' && shown.current !== title && spoken.current === language();
    shown.current = title;
    spoken.current = language();
    const main = heading.current?.closest('main');
    if (isNew && !main?.contains(document.activeElement)) heading.current?.focus();
  }, [title]);
  return (
    <>
      <header class="brand">
        <img src="/brand/logo" alt="" width="32" height="32" />
        <span>{house.brand}</span>
      </header>
      <main class={wide ? 'card wide' : 'card'}>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {lead && <p class="lead">{lead}</p>}
        {children}
      </main>
      <footer>
        <nav aria-label={t.languages}>
          {Object.entries(languages).map(([code, name]) => (
            <button
              key={code}
              type="button"
              class="link"
              lang={code}
              aria-current={code === language() ? 'true' : undefined}
              onClick={() => speak(code as Language)}
            >
              {name}
            </button>
          ))}
        </nav>
      </footer>
    </>
  );
}

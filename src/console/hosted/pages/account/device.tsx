import type { ComponentChildren } from 'preact';
import { devicesTexts } from '../../texts/devices.js';

/** Where somebody sits, as the server found it in what the browser says of itself. */
export interface Device {
  readonly browser: string;
  readonly os: string;
}

/** A device in words. */
export function deviceWords({ browser, os }: Device): string {
  const t = devicesTexts();
  if (browser === '') return os === '' ? t.unknown : os;
  return os === '' ? browser : t.on(browser, os);
}

/** A line of a list: what it is, what is known of it, and what can be done with it. */
export function Row({
  title,
  badge,
  facts,
  children,
}: {
  title: string;
  badge?: ComponentChildren;
  facts: readonly ComponentChildren[];
  children?: ComponentChildren;
}) {
  return (
    <li class="row">
      <div>
        <p class="what">
          {title} {badge}
        </p>
        <ul class="facts">
          {facts.map((fact, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they stand in their order and have nothing else.
            <li key={at}>{fact}</li>
          ))}
        </ul>
      </div>
      <div class="deeds">{children}</div>
    </li>
  );
}

/** A moment, short to read and exact for machines and whoever points at it. */
export function When({ at, words }: { at: string; words: string }) {
  return (
    <time dateTime={at} title={at}>
      {words}
    </time>
  );
}

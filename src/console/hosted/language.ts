/** The languages there are, by their own names. */
export const languages = { en: 'English', de: 'Deutsch' } as const;

/** The code of a language. */
export type Language = keyof typeof languages;

type Text = string | ((...given: never[]) => string);
type Texts = Readonly<Record<string, Text>>;

const listeners = new Set<() => void>();
const root = document.documentElement;
const keptSeconds = 31_536_000;

/** The language people read now. The server chose the first one, and says so in the page. */
export function language(): Language {
  return root.lang === 'de' ? 'de' : 'en';
}

/** Shows everything in another language, and keeps that for the next page. */
export function speak(chosen: Language): void {
  root.lang = chosen;
  const isSecure = location.protocol === 'https:';
  const cookie = isSecure ? `__Host-language=${chosen}; Secure` : `language=${chosen}`;
  // biome-ignore lint/suspicious/noDocumentCookie: the other way is asynchronous, and unknown to some browsers.
  document.cookie = `${cookie}; Path=/; Max-Age=${keptSeconds}; SameSite=Lax`;
  for (const listener of listeners) listener();
}

/** Calls `listener` whenever another language is chosen. */
export function onSpeak(listener: () => void): void {
  listeners.add(listener);
}

/** A part of the catalogue: texts in every language there is. Answers them in the one people read now. */
export function texts<Part extends Texts>(said: {
  readonly en: Part;
  readonly de: { readonly [Key in keyof NoInfer<Part>]: NoInfer<Part>[Key] };
}): () => Part {
  return () => said[language()];
}

/** A moment in words of the language, to the minute. */
export function moment(iso: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}

/** A time of today as a clock shows it; with the day when it is another one. */
export function clockTime(iso: string): string {
  const at = new Date(iso);
  if (at.toDateString() !== new Date().toDateString()) return moment(iso);
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'short' }).format(at);
}

/** A number as people of the language write it. */
export function figure(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

/** So many seconds in words, rounded to what matters: `40 seconds`, `3 minutes`, `2 hours`. */
export function duration(seconds: number): string {
  const [count, unit] =
    seconds < 90 ? [seconds, 'second'] : seconds < 5400 ? [seconds / 60, 'minute'] : [seconds / 3600, 'hour'];
  const form = { style: 'unit', unit, unitDisplay: 'long' } as const;
  return new Intl.NumberFormat(locale(), form).format(Math.max(1, Math.ceil(count)));
}

/** How long ago that was, in words: `3 minutes ago`. */
export function ago(iso: string): string {
  const seconds = Math.max(0, (Date.now() - Date.parse(iso)) / 1000);
  const form = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  if (seconds < 60) return language() === 'de' ? 'gerade eben' : 'just now';
  if (seconds < 3600) return form.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86_400) return form.format(-Math.floor(seconds / 3600), 'hour');
  return form.format(-Math.floor(seconds / 86_400), 'day');
}

const wished = new URLSearchParams(location.search).get('lang');
if (wished !== null && Object.hasOwn(languages, wished)) speak(wished as Language);

/** British English, unless the browser's own language is another kind of the one that was chosen. */
function locale(): string {
  const own = navigator.languages.find((each) => each.startsWith(language()));
  return own ?? (language() === 'de' ? 'de-DE' : 'en-GB');
}

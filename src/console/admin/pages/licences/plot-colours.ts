import { useSyncExternalStore } from 'react';

const names = ['accent', 'text', 'text-muted', 'line', 'line-strong', 'danger', 'surface', 'font'] as const;

/** The colours of the look at this moment, for what is drawn on a canvas. */
export type PlotColours = Readonly<Record<(typeof names)[number], string>>;

let known: { readonly key: string; readonly colours: PlotColours } | null = null;

function read(): PlotColours {
  const style = getComputedStyle(document.documentElement);
  const values = names.map((name) => style.getPropertyValue(`--${name}`).trim());
  const key = values.join();
  if (known?.key !== key) {
    const colours = Object.fromEntries(names.map((name, i) => [name, values[i] ?? ''])) as PlotColours;
    known = { key, colours };
  }
  return known.colours;
}

function watch(changed: () => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true });
  dark.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    dark.removeEventListener('change', changed);
  };
}

/** The colours of the look, followed when it changes between light and dark. */
export function usePlotColours(): PlotColours {
  return useSyncExternalStore(watch, read);
}

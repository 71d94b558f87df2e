/** Red, green and blue, each from 0 to 255. */
type Colour = readonly [number, number, number];
type Theme = 'light' | 'dark';

const white: Colour = [255, 255, 255];
const black: Colour = [0, 0, 0];
/** The surfaces a house's colour is written on, as `tokens.css` of the console has them. */
const surfaces = {
  light: { plain: white, sunken: [238, 242, 244] },
  dark: { plain: [22, 29, 35], sunken: [31, 40, 47] },
} as const satisfies Record<string, Record<string, Colour>>;
/** The least contrast of text (WCAG 2.2, 1.4.3), and what is easy to read in the dark. */
const readable = { light: 4.5, dark: 6.5 } as const;
/** Whereto a colour goes that cannot be read. */
const away = { light: black, dark: white } as const;

/** The custom properties of a house's colour in one theme, as CSS: what `accentOf` makes of it, and what goes with that. */
export function colourProperties(hex: string, theme: Theme): string {
  const accent = readableIn(hex, theme);
  return Object.entries({
    '--accent': accent,
    '--accent-strong': mixed(accent, away[theme], 0.22),
    '--accent-soft': soft(accent, theme),
    '--on-accent': theme === 'light' ? white : mixed(black, accent, 0.12),
  })
    .map(([name, colour]) => `${name}:${written(colour)}`)
    .join(';');
}

/** A house's colour, darker or lighter until text in it can be read on every surface of the theme. */
export function accentOf(hex: string, theme: Theme): string {
  return written(readableIn(hex, theme));
}

/** How much one colour stands out from another, from 1 to 21 (WCAG 2.2). */
export function contrastOf(one: string, other: string): number {
  return contrast(parsed(one), parsed(other));
}

function readableIn(hex: string, theme: Theme): Colour {
  const { plain, sunken } = surfaces[theme];
  const isReadable = (accent: Colour) =>
    [plain, sunken, soft(accent, theme)].every((surface) => contrast(accent, surface) >= readable[theme]);
  return steps(parsed(hex), away[theme]).find(isReadable) ?? away[theme];
}

function soft(accent: Colour, theme: Theme): Colour {
  return mixed(surfaces[theme].plain, accent, theme === 'light' ? 0.1 : 0.16);
}

function steps(from: Colour, to: Colour): Colour[] {
  return Array.from({ length: 51 }, (_, step) => mixed(from, to, step / 50));
}

function contrast(one: Colour, other: Colour): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance([red, green, blue]: Colour): number {
  const linear = (part: number) => (part <= 10.31 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function mixed(from: Colour, to: Colour, share: number): Colour {
  const at = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * share);
  return [at(0), at(1), at(2)];
}

function parsed(hex: string): Colour {
  const at = (index: number) => Number.parseInt(hex.slice(1 + 2 * index, 3 + 2 * index), 16);
  return [at(0), at(1), at(2)];
}

function written(colour: Colour): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

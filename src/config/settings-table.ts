import { type SettingName, settings } from './settings.js';

const begin = '<!-- settings: written by `npm run docs` from src/config/settings.ts -->';
const end = '<!-- end of settings -->';

/** The Markdown table of every setting: name, default, meaning, example. Ends with a newline. */
export function settingsTable(): string {
  const rows = (Object.keys(settings) as SettingName[]).map((name) => {
    const { fallback, doc, example } = settings[name];
    return `| \`${name}\` | ${fallback === null || fallback === '' ? '' : `\`${fallback}\``} | ${cell(doc)} | \`${cell(example)}\` |`;
  });
  return `${['| setting | default | what it does | example |', '|---|---|---|---|', ...rows].join('\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** The page with the text between its two settings markers replaced by the table. Throws Error when it has no markers. */
export function withSettingsTable(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page has no "${begin}" with "${end}" after it`);
  return `${page.slice(0, from)}${begin}\n\n${settingsTable()}\n${page.slice(to)}`;
}

import { markdownTable } from '../kernel/markdown.js';
import { type SettingName, settings } from './settings.js';

/** The Markdown table of every setting: name, default, meaning, example. */
export function settingsTable(): string {
  const rows = (Object.keys(settings) as SettingName[]).map((name) => {
    const { fallback, doc, example } = settings[name];
    return [`\`${name}\``, fallback === null || fallback === '' ? '' : `\`${fallback}\``, doc, `\`${example}\``];
  });
  return markdownTable(['setting', 'default', 'what it does', 'example'], rows);
}

import { type Setting, type SettingName, settings } from './settings.js';

/** Where a setting was found: in the environment, in the file that `NAME_FILE` names, or nowhere. */
export type SettingSource = 'env' | 'file' | 'default';

/** A setting as it may be told of: everything but what is secret. */
export interface ToldSetting {
  readonly name: SettingName;
  /** What it is set to, as text; null: it is not set, or it is secret. */
  readonly value: string | null;
  readonly secret: boolean;
  /** Whether there is a value at all. */
  readonly set: boolean;
  readonly default: string | null;
  readonly doc: string;
  readonly example: string;
  readonly source: SettingSource;
}

/** What every setting is set to. `given`: its text where there is one; `made`: what was put in the place of some that had none. */
export function toldSettings(
  given: Readonly<Record<string, { readonly text: string | null; readonly source: SettingSource }>>,
  made: Readonly<Partial<Record<SettingName, string>>>,
): ToldSetting[] {
  return (Object.keys(settings) as SettingName[]).map((name) => {
    const { fallback, doc, example, ...rest }: Setting<unknown> = settings[name];
    const secret = rest.secret === true;
    const { text = null, source = 'default' } = given[name] ?? {};
    const value = text ?? made[name] ?? (fallback === '' ? null : fallback);
    const told = { name, value: secret ? null : value, secret, set: value !== null };
    return { ...told, default: fallback === '' ? null : fallback, doc, example, source };
  });
}

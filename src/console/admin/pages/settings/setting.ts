/** A setting of the server, as it answers it. A secret has no value here. */
export interface Setting {
  readonly name: string;
  readonly value: string | null;
  readonly secret: boolean;
  readonly set: boolean;
  readonly default: string | null;
  readonly doc: string;
  readonly example?: string | null;
  readonly source: 'env' | 'file' | 'default';
}

/** All settings, and what runs with them. */
export interface Settings {
  readonly items: readonly Setting[];
  readonly version: string;
  readonly node: string;
  readonly startedAt: string;
}

/** What a setting is set to, in words. */
export function valueInWords({ secret, set, value }: Setting): string {
  if (secret) return set ? 'set, and kept secret' : 'not set';
  return value === null || value === '' ? 'not set' : value;
}

/** Where a value comes from, in words. */
export function sourceInWords({ source, name, secret, set }: Setting): string {
  if (source === 'env') return `environment (${name})`;
  if (source === 'file') return `file (${name}_FILE)`;
  return secret && set ? 'made at the first start' : 'default';
}

/** Whether a setting is one that was looked for: by name, value or what is said of it. */
export function matches(setting: Setting, looked: string): boolean {
  const words = looked.toLowerCase().split(/\s+/);
  const text = `${setting.name} ${setting.doc} ${setting.secret ? '' : (setting.value ?? '')}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The words of a setting's description, and what of them is code. */
export function piecesOf(doc: string): readonly { readonly text: string; readonly code: boolean }[] {
  return doc
    .split('`')
    .map((text, at) => ({ text, code: at % 2 === 1 }))
    .filter(({ text }) => text !== '');
}

/** A line of the audit log as the server answers it. */
export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly actor: {
    readonly kind: 'person' | 'system' | 'anonymous';
    readonly id: string | null;
    readonly email: string | null;
    readonly name?: string | null;
  };
  readonly target: { readonly type: string; readonly id: string; readonly name?: string | null };
  readonly detail: Readonly<Record<string, unknown>> | null;
  /** What those are called whom the detail names by id: people and licences that are still there. */
  readonly names?: Readonly<Record<string, string>>;
  readonly requestId: string | null;
  readonly ip: string | null;
}

/** Somebody or something a sentence names; `to` is its page, where it has one. */
export interface Named {
  readonly label: string;
  readonly to: string | null;
}

/** A sentence in pieces: words, and names that lead somewhere. */
export type Sentence = readonly (string | Named)[];

/** Joins words and names to a sentence; what is empty is left out. */
export function say(words: TemplateStringsArray, ...values: readonly (string | Named | Sentence)[]): Sentence {
  const pieces = words.flatMap((text, at): Sentence => {
    const value = values[at];
    if (value === undefined) return [text];
    return Array.isArray(value) ? [text, ...value] : [text, value as string | Named];
  });
  return pieces.filter((piece) => piece !== '');
}

/** A sentence as plain text, for exports and screen readers. */
export function plain(sentence: Sentence): string {
  return sentence.map((piece) => (typeof piece === 'string' ? piece : piece.label)).join('');
}

/** An account by what it is called best, with the page about it; one that is gone has none. */
export function person(id: string | null, label: string | null | undefined): Named {
  if (id === null) return { label: label ?? 'somebody', to: null };
  return { label: label ?? `account ${shortId(id)}`, to: label == null ? null : `/people/${id}` };
}

/** The first part of an id, enough to tell two apart. */
export function shortId(id: string): string {
  return id.length > 13 ? `${id.slice(0, 8)}…` : id;
}

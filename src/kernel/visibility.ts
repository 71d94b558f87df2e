import type { LicenceId, OwnerId } from './ids.js';

/** What somebody manages. */
export interface Scope {
  /** Every licence they manage: by itself, or because they manage its owner. */
  readonly licences: ReadonlySet<string>;
  /** The owners they manage with all their licences. */
  readonly owners: ReadonlySet<string>;
}

/** What of owners, licences and their people a caller may see: everything, or only what they manage. */
export type Visibility = 'everything' | Scope;

/** What a request names, in path, query or body. Undefined: it could, and does not. */
export interface Named {
  /** Null: a place that belongs to no licence. */
  readonly licence?: LicenceId | null | undefined;
  readonly owner?: OwnerId | undefined;
  /** Somebody, by id, address or user name, who must be a member of a licence the caller manages. */
  readonly member?: string | undefined;
}

/** The licences among these that are visible, in their order. */
export function licencesSeen<Id extends string>(visible: Visibility, licences: readonly Id[]): Id[] {
  return visible === 'everything' ? [...licences] : licences.filter((id) => visible.licences.has(id));
}

/** What a query is narrowed to: the ids of visible licences or owners; null: it is not narrowed. */
export function narrowedTo(visible: Visibility, what: 'licences' | 'owners'): string[] | null {
  return visible === 'everything' ? null : [...visible[what]];
}

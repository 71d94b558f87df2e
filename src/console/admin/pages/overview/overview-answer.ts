/** How many of each, by name. */
export type Tally = Readonly<Record<string, number>>;

/** A licence as the overview lists it. */
export interface OverviewLicence {
  readonly id: string;
  readonly name: string;
  readonly owner: { readonly id: string; readonly name: string };
  readonly seats: number;
  readonly used: number;
  readonly over: boolean | number;
  readonly state: string;
  readonly validTo: string | null;
}

/** Something that somebody should look after. */
export interface Attention {
  readonly kind: string;
  readonly urgency: 'now' | 'soon';
  readonly at: string | null;
  readonly licence: { readonly id: string; readonly name: string } | null;
  readonly used: number | null;
  readonly limit: number | null;
  readonly count: number | null;
}

/** What the server tells of the house as it is now. */
export interface Overview {
  readonly at: string;
  readonly sessions: { readonly live: number };
  readonly seats: { readonly used: number; readonly limit: number };
  readonly licences: { readonly items: readonly OverviewLicence[]; readonly total: number };
  /** Null for licence managers, and while there are more than can be counted in time. */
  readonly signIns: {
    readonly hours: readonly { readonly at: string; readonly results: Tally }[];
    readonly totals: Tally;
  } | null;
  readonly refusals: {
    readonly hours: readonly { readonly at: string; readonly reasons: Tally }[];
    readonly totals: Tally;
  };
  readonly attention: { readonly items: readonly Attention[]; readonly total: number };
}

/** The sum of a tally, or of those in it that count. */
export function sumOf(tally: Tally, counts: (name: string) => boolean = () => true): number {
  return Object.entries(tally).reduce((sum, [name, number]) => (counts(name) ? sum + number : sum), 0);
}

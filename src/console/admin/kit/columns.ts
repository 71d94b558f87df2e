import type { ReactNode } from 'react';

/** One column of a table. Lists of columns stand outside of components, so that they stay the same. */
export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  cell(row: Row): ReactNode;
  /** Numbers stand to the right. */
  readonly align?: 'right';
  readonly width?: string | number;
  /** Left out where there is room for a table but not for this. */
  readonly wide?: true;
  /** The title of the row where rows are cards. */
  readonly primary?: true;
  /** What it is is plain without its header where rows are cards. */
  readonly hideLabel?: true;
}

/** The column of what can be done with a row. */
export function acts<Row>(header: string, width: number, cell: Column<Row>['cell']): Column<Row> {
  return { id: 'acts', header, hideLabel: true, align: 'right', width, cell };
}

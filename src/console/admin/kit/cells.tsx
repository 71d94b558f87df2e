import type { Column } from './columns.js';

/** The heads of the columns of a table. */
export function Heads<Row>({ columns }: { readonly columns: readonly Column<Row>[] }) {
  return columns.map(({ id, header, align, wide, width }) => (
    <th key={id} scope="col" data-align={align} data-wide={wide} style={{ width }}>
      {header}
    </th>
  ));
}

/** What the columns say of a row. */
export function Cells<Row>({ columns, row }: { readonly columns: readonly Column<Row>[]; readonly row: Row }) {
  return columns.map(({ id, header, hideLabel, align, wide, primary, cell }) => (
    <td key={id} data-label={hideLabel ? undefined : header} data-align={align} data-wide={wide} data-primary={primary}>
      {cell(row)}
    </td>
  ));
}

import type { ReactNode } from 'react';
import { Cells, Heads } from './cells.js';
import type { Column } from './columns.js';
import { useRowKeys } from './row-keys.js';
import tableClasses from './table.module.css';

/** A short list that is all here, as a table. Cards where it is narrow. */
export function SimpleTable<Row>({
  name,
  columns,
  rows,
  rowKey,
  rowHref,
  empty,
}: {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  rowKey(row: Row): string;
  readonly rowHref?: (row: Row) => string;
  readonly empty: ReactNode;
}) {
  const opens = rowHref === undefined ? undefined : (at: number) => rowHref(rows[at] as Row);
  const keyboard = useRowKeys({ length: rows.length, show: () => {}, toggle: undefined, href: opens });
  if (rows.length === 0) return <>{empty}</>;
  return (
    <table className={tableClasses.table} aria-label={name} onKeyDown={keyboard.onKeyDown}>
      <thead>
        <tr>
          <Heads columns={columns} />
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr
            key={rowKey(row)}
            data-index={index}
            onFocus={keyboard.onFocus}
            {...(rowHref === undefined ? {} : { tabIndex: index === keyboard.at ? 0 : -1 })}
          >
            <Cells columns={columns} row={row} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

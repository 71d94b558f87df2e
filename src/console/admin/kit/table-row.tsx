import { Checkbox } from '@mantine/core';
import { type FocusEvent, memo } from 'react';
import { Cells } from './cells.js';
import type { Column } from './columns.js';
import tableClasses from './table.module.css';

interface TableRowProps<Row> {
  readonly row: Row;
  readonly id: string;
  readonly index: number;
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** Null: rows of this table are not selected. */
  readonly selected: boolean | null;
  readonly tabbable: boolean;
  onToggle(): void;
  onFocus(event: FocusEvent<HTMLTableRowElement>): void;
  measure(row: HTMLTableRowElement | null): void;
}

function Row<Value>(props: TableRowProps<Value>) {
  const { row, index, label, columns, selected, tabbable, onToggle, onFocus, measure } = props;
  return (
    <tr
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      data-selected={selected === true || undefined}
      tabIndex={tabbable ? 0 : -1}
      onFocus={onFocus}
    >
      {selected !== null && (
        <td className={tableClasses.tick}>
          <Checkbox size="xs" aria-label={`Select ${label}`} checked={selected} onChange={onToggle} />
        </td>
      )}
      <Cells columns={columns} row={row} />
    </tr>
  );
}

/** One row of a table. It is drawn anew only when something of it is another. */
export const TableRow = memo(Row, (before, after) =>
  (['row', 'index', 'label', 'columns', 'selected', 'tabbable', 'measure'] as const).every(
    (name) => before[name] === after[name],
  ),
) as typeof Row;

import { Checkbox } from '@mantine/core';
import { tableFeatures, useTable } from '@tanstack/react-table';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Heads } from './cells.js';
import type { Column } from './columns.js';
import { Failed } from './failed.js';
import classes from './kit.module.css';
import { useRowKeys } from './row-keys.js';
import tableClasses from './table.module.css';
import { TableRow } from './table-row.js';
import type { List } from './use-list.js';
import type { Selection } from './use-selection.js';
import { Waiting } from './waiting.js';
import { count } from './words.js';

/** What a table of a list is told. */
export interface DataTableProps<Row> {
  /** What the rows are, in the plural. */
  readonly name: string;
  readonly list: List<Row>;
  readonly columns: readonly Column<Row>[];
  rowKey(row: Row): string;
  /** What a row is called, for screen readers. */
  rowLabel(row: Row): string;
  readonly rowHref?: (row: Row) => string;
  readonly selection?: Selection;
  readonly empty: ReactNode;
  /** Whether the columns keep to their widths, whatever is in them. */
  readonly fixed?: true;
  /** Stands beside the total. */
  readonly aside?: ReactNode;
}

const features = tableFeatures({});
const rowHeight = 53;

/** A list as a table: only the rows that are seen are there, and more are read as one scrolls. Cards where it is narrow. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { name, list, empty, aside } = props;
  // Without a row to show, what fails is said here, whether it passes or not: nobody is told that there is nothing.
  if (list.items.length === 0 && list.problem !== null) return <Failed problem={list.problem} onRetry={list.refetch} />;
  if (list.isPending) return <Waiting lines={8} label={`Loading ${name.toLowerCase()}`} />;
  if (list.items.length === 0 && !list.isStale) return <>{empty}</>;
  return (
    <div className={tableClasses.frame}>
      <p className={tableClasses.total} role="status">
        <span>{list.isStale ? 'Searching …' : totalInWords(list)}</span>
        {aside}
      </p>
      {list.problem !== null && !list.problem.passes && <Failed problem={list.problem} onRetry={list.refetch} />}
      <Rows {...props} />
    </div>
  );
}

function totalInWords({ items, total, hasMore }: List<unknown>): string {
  const loaded = count(items.length);
  if (total === undefined) return hasMore ? `The first ${loaded} loaded` : `${loaded} in all`;
  return items.length < total ? `${count(total)} in all, the first ${loaded} loaded` : `${count(total)} in all`;
}

function Rows<Row extends object>(props: DataTableProps<Row>) {
  const { name, list, columns, rowKey, rowLabel, rowHref, selection, fixed } = props;
  const { rows } = useTable({
    features,
    columns: useMemo(() => columns.map(({ id, header }) => ({ id, header })), [columns]),
    data: list.items as Row[],
    getRowId: rowKey,
  }).getRowModel();
  const { body, virtualizer } = useVirtualRows(rows.length, (at) => rows[at]?.id ?? at);
  const seen = virtualizer.getVirtualItems();
  const last = seen.at(-1)?.index ?? 0;
  const { hasMore, isLoadingMore, loadMore } = list;
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= rows.length - 20) loadMore();
  }, [hasMore, isLoadingMore, last, rows.length, loadMore]);
  const keyboard = useRowKeys({
    length: rows.length,
    show: (at) => virtualizer.scrollToIndex(at, { align: 'auto' }),
    toggle: selection === undefined ? undefined : (at) => selection.toggle(rows[at]?.id ?? ''),
    href: rowHref === undefined ? undefined : (at) => rowHref(rows[at]?.original as Row),
  });
  const { scrollMargin } = virtualizer.options;
  const before = (seen[0]?.start ?? scrollMargin) - scrollMargin;
  const after = virtualizer.getTotalSize() + scrollMargin - (seen.at(-1)?.end ?? scrollMargin);
  const width = columns.length + (selection === undefined ? 0 : 1);
  return (
    <table
      className={tableClasses.table}
      data-fixed={fixed}
      aria-label={name}
      aria-rowcount={(list.total ?? rows.length) + 1}
      onKeyDown={keyboard.onKeyDown}
    >
      <thead>
        <tr aria-rowindex={1}>
          {selection !== undefined && (
            <th scope="col" className={tableClasses.tick}>
              <SelectAll name={name} keys={rows.map(({ id }) => id)} selection={selection} />
            </th>
          )}
          <Heads columns={columns} />
        </tr>
      </thead>
      <tbody ref={body}>
        <Gap height={before} width={width} />
        {seen.map(({ index }) => {
          const row = rows[index];
          if (row === undefined) return null;
          return (
            <TableRow
              key={row.id}
              row={row.original}
              index={index}
              id={row.id}
              label={rowLabel(row.original)}
              columns={columns}
              selected={selection === undefined ? null : selection.keys.has(row.id)}
              onToggle={() => selection?.toggle(row.id)}
              tabbable={index === keyboard.at}
              onFocus={keyboard.onFocus}
              measure={virtualizer.measureElement}
            />
          );
        })}
        <Gap height={after} width={width} />
      </tbody>
      {isLoadingMore && (
        <tfoot>
          <tr>
            <td colSpan={width}>
              <span className={classes.aside}>Loading more …</span>
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

function useVirtualRows(rows: number, keyOf: (at: number) => string | number) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [scrollMargin, setMargin] = useState(0);
  useLayoutEffect(() => {
    const place = body.current?.getBoundingClientRect().top ?? 0;
    setMargin(Math.round(place + scrollY));
  }, []);
  const virtualizer = useWindowVirtualizer({
    count: rows,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin,
    getItemKey: keyOf,
  });
  return { body, virtualizer };
}

/** The room of the rows that are not there. */
function Gap({ height, width }: { readonly height: number; readonly width: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row of a table without tabIndex takes no focus.
    <tr aria-hidden="true" className={tableClasses.gap}>
      <td colSpan={width} style={{ height }} />
    </tr>
  );
}

function SelectAll({
  name,
  keys,
  selection,
}: {
  readonly name: string;
  readonly keys: readonly string[];
  readonly selection: Selection;
}) {
  const all = keys.length > 0 && keys.every((key) => selection.keys.has(key));
  return (
    <Checkbox
      size="xs"
      aria-label={`Select all ${name.toLowerCase()} that are loaded`}
      checked={all}
      indeterminate={!all && selection.size > 0}
      onChange={() => (all ? selection.clear() : selection.set(keys))}
    />
  );
}

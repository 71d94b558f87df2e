import { NativeSelect } from '@mantine/core';
import classes from './kit.module.css';
import { useUrlState } from './url-state.js';

/** One of a few, chosen in the address. */
export function FilterSelect({
  label,
  param,
  options,
  any = 'Any',
}: {
  readonly label: string;
  readonly param: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  /** What is told where nothing is chosen. */
  readonly any?: string;
}) {
  const [state, set] = useUrlState();
  return (
    <NativeSelect
      className={classes.filter ?? ''}
      aria-label={label}
      value={state[param] ?? ''}
      onChange={(event) => set({ [param]: event.currentTarget.value })}
      data={[{ value: '', label: any }, ...options]}
    />
  );
}

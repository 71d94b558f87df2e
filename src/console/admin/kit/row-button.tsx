import { Button } from '@mantine/core';
import type { ReactNode } from 'react';

/** Something that can be done with a row of a table. `label` says with which, for whoever does not see the row. */
export function RowButton({
  label,
  onClick,
  children,
}: {
  readonly label: string;
  onClick(): void;
  readonly children: ReactNode;
}) {
  return (
    <Button variant="default" size="compact-sm" aria-label={label} onClick={onClick}>
      {children}
    </Button>
  );
}

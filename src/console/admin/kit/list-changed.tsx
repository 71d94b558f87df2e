import { Button } from '@mantine/core';

/** Says that a list is not what is shown any more, where so much of it was read that it is not read anew by itself. */
export function ListChanged({ onLoad }: { onLoad(): void }) {
  return (
    <Button size="compact-xs" variant="light" onClick={onLoad}>
      The list has changed: load it anew
    </Button>
  );
}

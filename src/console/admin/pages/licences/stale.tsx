import { Button, Group } from '@mantine/core';
import classes from './licences.module.css';

/** Said when somebody has changed a thing while it was being edited here. */
export interface StaleProps {
  /** What was changed: "licence". */
  readonly what: string;
  readonly onTake: () => void;
  readonly onKeep: () => void;
}

/** Somebody was faster: theirs can be looked at, or one's own saved over it, but not by accident. */
export function Stale({ what, onTake, onKeep }: StaleProps) {
  return (
    <div role="alert" className={classes.stale}>
      <p>
        <strong>Somebody changed this {what} meanwhile</strong>
      </p>
      <p>Your changes are not saved. Look at what is there now, or go on with yours and save over it.</p>
      <Group gap="xs">
        <Button size="xs" variant="default" onClick={onTake}>
          Show what is there now
        </Button>
        <Button size="xs" variant="default" onClick={onKeep}>
          Keep mine, to save over it
        </Button>
      </Group>
    </div>
  );
}

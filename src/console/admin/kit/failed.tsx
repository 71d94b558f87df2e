import { Button } from '@mantine/core';
import type { ApiProblem } from '../api/problem.js';
import classes from './kit.module.css';

/** Says what went wrong, in words, and what can be done. */
export function Failed({
  problem,
  onRetry,
}: {
  readonly problem: ApiProblem;
  readonly onRetry?: (() => void) | undefined;
}) {
  return (
    <div role="alert" className={classes.failed}>
      <p className={classes.failedTitle}>{problem.body.title}</p>
      <p>{problem.message}</p>
      {onRetry !== undefined && (
        <Button variant="default" size="xs" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

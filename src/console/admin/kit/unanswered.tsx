import type { UseQueryResult } from '@tanstack/react-query';
import type { ApiProblem } from '../api/problem.js';
import { Failed } from './failed.js';
import { Waiting } from './waiting.js';

/** Stands where an answer will be. It says why there is none as soon as that is known, also while it is asked for again. */
export function Unanswered({
  asked: { error, failureReason, refetch },
  ...waiting
}: {
  readonly asked: Pick<UseQueryResult<unknown, ApiProblem>, 'error' | 'failureReason' | 'refetch'>;
  readonly lines?: number;
  readonly label?: string;
}) {
  const problem = error ?? failureReason;
  return problem === null ? <Waiting {...waiting} /> : <Failed problem={problem} onRetry={() => void refetch()} />;
}

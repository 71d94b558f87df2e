import { useState } from 'preact/hooks';
import type { SessionView } from '../../../../client/api.js';
import { accountTexts } from '../../texts/account.js';
import type { Farewell } from './page.js';

/** What each part of the page is given. */
export interface PartProps {
  readonly session: SessionView;
  /** Nothing more can be done here: says so. */
  readonly leave: (farewell: Farewell) => void;
}

/** What was done last, to be said, and how to say it. An answer that is `pending` is done everywhere only in a moment. */
export function useDone(): readonly [string, (words: string, answer?: unknown) => void] {
  const [done, setDone] = useState('');
  const { pending } = accountTexts();
  return [
    done,
    (words, answer) => {
      const isPending = typeof answer === 'object' && answer !== null && 'pending' in answer;
      setDone(isPending ? `${words} ${pending}` : words);
    },
  ];
}

import { useState } from 'preact/hooks';
import type { SessionView } from '../../../../client/api.js';
import type { Told } from '../../kit/link-page.js';
import { accountTexts } from '../../texts/account.js';

/** What each part of the page is given. */
export interface PartProps {
  readonly session: SessionView;
  /** Nothing more can be done here: says so. */
  readonly leave: (farewell: Told) => void;
}

/** Says what was done. With an answer that is `pending` it says that it is done everywhere only in a moment. */
export type Say = (words: string, answer?: unknown) => void;

/** What was done last, to be said, and how to say it. */
export function useDone(): readonly [string, Say] {
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

import { State } from '../../kit/state.js';
import type { Person } from './answers.js';
import { stateOf } from './words.js';

/** The state of an account as a badge. */
export function PersonState({ person }: { readonly person: Person }) {
  const { word, tone } = stateOf(person);
  return <State kind={tone}>{word}</State>;
}

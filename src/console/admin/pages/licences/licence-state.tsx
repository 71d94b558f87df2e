import { State } from '../../kit/state.js';
import type { Licence } from './licence-types.js';
import { stateOf } from './licence-words.js';

/** The state of a licence as a badge. */
export function LicenceState({ licence }: { readonly licence: Licence }) {
  const { kind, words } = stateOf(licence);
  return <State kind={kind}>{words}</State>;
}

import { useAsk } from '../../api/queries.js';
import { licencePath } from './licence-calls.js';
import type { Licence } from './licence-types.js';
import classes from './licences.module.css';
import { type Advice, adviceInWords } from './usage-figures.js';

/** How many seats the licence could do with, and why. Nothing where that cannot be told at the moment. */
export function SeatAdvice({ licence }: { readonly licence: Licence }) {
  const advice = useAsk<Advice>(`${licencePath(licence.id)}/advice`, {}, { staleTime: 60_000 });
  if (advice.data === undefined) return null;
  const { what, why } = adviceInWords({ ...advice.data, seats: licence.seats });
  return (
    <aside className={classes.advice} aria-label="Recommended seats">
      <p>
        <strong>{what}</strong>
      </p>
      <p className={classes.muted}>{why}</p>
    </aside>
  );
}

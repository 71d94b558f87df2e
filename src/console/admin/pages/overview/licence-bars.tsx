import { Gauge } from '../../kit/gauge.js';
import { LinkTo } from '../../kit/link-to.js';
import { Section } from '../../kit/page.js';
import { State } from '../../kit/state.js';
import { count } from '../../kit/words.js';
import classes from './overview.module.css';
import type { Overview } from './overview-answer.js';

/** The licences as bars, the fullest first. */
export function LicenceBars({ licences }: { readonly licences: Overview['licences'] }) {
  const { items, total } = licences;
  const described =
    total > items.length ? `The fullest ${count(items.length)} of ${count(total)}.` : 'The fullest first.';
  return (
    <Section title="Seats per licence" description={described} actions={<LinkTo href="/licences">All licences</LinkTo>}>
      <ul className={classes.licences}>
        {items.map(({ id, name, owner, used, seats, state }) => (
          <li key={id}>
            <div className={classes.licenceName}>
              <LinkTo href={`/licences/${id}`}>{name}</LinkTo>
              <span className={classes.owner}>{owner.name}</span>
              {state !== 'active' && (
                <State kind="warning">{state === 'draining' ? 'suspended for new sign-ins' : state}</State>
              )}
            </div>
            <Gauge used={used} limit={seats} label={`Seats of ${name} in use`} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

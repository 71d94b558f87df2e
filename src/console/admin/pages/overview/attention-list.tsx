import { LinkTo } from '../../kit/link-to.js';
import { Section } from '../../kit/page.js';
import { State } from '../../kit/state.js';
import { Until, When } from '../../kit/when.js';
import { plural } from '../../kit/words.js';
import { attentionInWords } from './attention-words.js';
import classes from './overview.module.css';
import type { Attention, Overview } from './overview-answer.js';

/** What somebody should look after, the most urgent first. */
export function AttentionList({ attention }: { readonly attention: Overview['attention'] }) {
  const { items, total } = attention;
  return (
    <Section title="Needs attention">
      {items.length === 0 ? (
        <p className={classes.calm}>
          <State kind="good">All is well</State> Nothing needs you now.
        </p>
      ) : (
        <ul className={classes.attention}>
          {items.map((one) => (
            <li key={`${one.kind} ${one.licence?.id ?? ''}`}>
              <AttentionItem one={one} />
            </li>
          ))}
        </ul>
      )}
      {total > items.length && <p className={classes.more}>and {plural(total - items.length, 'more', 'more')}</p>}
    </Section>
  );
}

function AttentionItem({ one }: { readonly one: Attention }) {
  const { what, mend } = attentionInWords(one);
  return (
    <>
      <p className={classes.attentionHead}>
        <State kind={one.urgency === 'now' ? 'danger' : 'warning'}>{what}</State>
        {one.licence !== null && <LinkTo href={`/licences/${one.licence.id}`}>{one.licence.name}</LinkTo>}
        {one.at !== null && (
          <span className={classes.at}>
            {one.kind === 'licence-expiring' ? (
              <>
                in <Until at={one.at} />
              </>
            ) : (
              <When at={one.at} />
            )}
          </span>
        )}
      </p>
      <p className={classes.mend}>{mend}</p>
    </>
  );
}

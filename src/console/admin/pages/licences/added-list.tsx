import { State } from '../../kit/state.js';
import { plural } from '../../kit/words.js';
import type { ListedResult } from './licence-types.js';
import classes from './licences.module.css';
import type { PastedLine } from './pasted-list.js';

type Kind = 'good' | 'info' | 'warning' | 'danger' | 'neutral';
type Group = { readonly kind: Kind; readonly title: string; readonly lines: readonly string[] };

const groups: readonly { result: ListedResult['result']; kind: Kind; title: string }[] = [
  { result: 'refused', kind: 'danger', title: 'Cannot be read' },
  { result: 'cannot-be-added', kind: 'warning', title: 'Staff: only staff can add them' },
  { result: 'no-such-user', kind: 'warning', title: 'No account: left out, since you invite nobody' },
  { result: 'added', kind: 'good', title: 'New: become members at once' },
  { result: 'invited', kind: 'info', title: 'No account yet: invited by mail' },
  { result: 'already-member', kind: 'neutral', title: 'Members already' },
  { result: 'invited-lately', kind: 'neutral', title: 'Invited a moment ago: nothing is sent again' },
];

/** What became, or would become, of each line, in groups; the bad ones with their place in the list. */
export function AddedList(props: { readonly bad: readonly PastedLine[]; readonly results: readonly ListedResult[] }) {
  const { bad, results } = props;
  const shown: Group[] = groups.map(({ result, kind, title }) => ({
    kind,
    title,
    lines: results
      .filter((one) => one.result === result)
      .map(({ email, reason }) => (reason === undefined ? email : `${email}: ${reason}`)),
  }));
  // What is wrong comes first: it is what one can still mend.
  shown.unshift({
    kind: 'danger',
    title: 'No address',
    lines: bad.filter(({ fault }) => fault === 'no-address').map(told),
  });
  shown.push({ kind: 'neutral', title: 'Named twice', lines: bad.filter(({ fault }) => fault === 'twice').map(told) });
  const full = shown.filter(({ lines }) => lines.length > 0);
  if (full.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section className={classes.results} tabIndex={0} aria-label="What becomes of each line">
      {full.map(({ kind, title, lines }) => (
        <details key={title} open={kind === 'danger' || kind === 'warning' || lines.length <= 5}>
          <summary className={classes.summary}>
            <State kind={kind}>{plural(lines.length, 'line')}</State> {title}
          </summary>
          <ul>
            {lines.slice(0, 200).map((line) => (
              <li key={line}>{line}</li>
            ))}
            {lines.length > 200 && <li>and {plural(lines.length - 200, 'more', 'more')}</li>}
          </ul>
        </details>
      ))}
    </section>
  );
}

function told({ line, email }: PastedLine): string {
  return `Line ${line}: ${email}`;
}

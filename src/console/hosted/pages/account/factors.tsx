import { useState } from 'preact/hooks';
import type { Calls } from '../../../../client/api.js';
import { Button } from '../../kit/button.js';
import { Asking } from '../../kit/dialog.js';
import { Field } from '../../kit/field.js';
import type { Given } from '../../kit/form.js';
import { confirmed } from '../../kit/step-up.js';
import { ago, moment } from '../../language.js';
import { accountTexts } from '../../texts/account.js';
import { securityTexts } from '../../texts/security.js';
import { usher } from '../../usher.js';
import { AddFactor } from './add-factor.js';
import { Row, When } from './device.js';
import { Done } from './done.js';
import { type Say, useDone } from './part.js';

/** The own second factors, and what can be added. */
export type Held = Calls['GET /auth/factors']['reply'];

type Factor = Held['items'][number];

/** Asks for the own second factors. */
export const askFactors = () => usher.call('GET /auth/factors', {});

/** The second factors: what there is, what can be added, and taken away. */
export function Factors({ held, email, reload }: { held: Held; email: string; reload: () => Promise<void> }) {
  const t = securityTexts();
  const [done, say] = useDone();
  return (
    <section aria-labelledby="factors">
      <h2 id="factors" tabIndex={-1}>
        {t.factors}
      </h2>
      <p class="fine">
        {t.factorsHint} {held.required && t.required}
      </p>
      {held.items.length === 0 ? (
        <p class="empty">{t.none}</p>
      ) : (
        <ul class="rows">
          {held.items.map((factor) => (
            <One key={factor.id} factor={factor} isLast={held.items.length === 1} reload={reload} say={say} />
          ))}
        </ul>
      )}
      <AddFactor offers={held.offers} email={email} reload={reload} say={say} />
      <Done words={done} />
    </section>
  );
}

function One(props: { factor: Factor; isLast: boolean; reload: () => Promise<void>; say: Say }) {
  const t = securityTexts();
  const own = accountTexts();
  const { factor, isLast, reload, say } = props;
  const { id, kind } = factor;
  // What the server calls it by itself is said in the language of the page.
  const name = kind === 'email' && factor.name === 'E-mailed codes' ? t.email : factor.name;
  const [asked, setAsked] = useState<'rename' | 'remove' | null>(null);
  const close = () => setAsked(null);
  const rename = ({ name: next = '' }: Given) =>
    confirmed(async () => {
      await usher.call('PATCH /auth/factors/{id}', { params: { id }, body: { name: next } });
      close();
      await reload();
      say(t.renamed);
    });
  const remove = () =>
    confirmed(async () => {
      const answer = await usher.call('DELETE /auth/factors/{id}', { params: { id } });
      close();
      await reload();
      say(t.factorRemoved(name), answer);
    });
  return (
    <Row
      title={name}
      badge={name !== t[kind] && <span class="badge">{t[kind]}</span>}
      facts={[
        factor.lastUsedAt === null ? (
          t.neverUsed
        ) : (
          <When key="used" at={factor.lastUsedAt} words={t.lastUsed(ago(factor.lastUsedAt))} />
        ),
        <When key="added" at={factor.createdAt} words={t.added(moment(factor.createdAt))} />,
        factor.backedUp === true && t.synced,
        factor.switchedOff && <span class="warn">{t.switchedOff}</span>,
        !factor.removable && t.lastOne,
      ].filter(Boolean)}
    >
      <Button aria-label={t.renameTitle(name)} onClick={() => setAsked('rename')}>
        {own.rename}
      </Button>
      {factor.removable && (
        <Button aria-label={t.removeTitle(name)} onClick={() => setAsked('remove')}>
          {own.remove}
        </Button>
      )}
      {asked === 'rename' && (
        <Asking title={t.renameTitle(name)} button={own.rename} act={rename} close={close}>
          <Field name="name" label={t.nameIt} required defaultValue={name} maxLength={60} autoComplete="off" />
        </Asking>
      )}
      {asked === 'remove' && (
        <Asking
          title={t.removeTitle(name)}
          lead={isLast ? t.removeLast : t.removeLead}
          button={own.remove}
          danger
          act={remove}
          close={close}
        />
      )}
    </Row>
  );
}

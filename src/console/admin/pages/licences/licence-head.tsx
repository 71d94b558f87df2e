import { CopyButton, UnstyledButton } from '@mantine/core';
import { Gauge } from '../../kit/gauge.js';
import { LinkTo } from '../../kit/link-to.js';
import { Until, When } from '../../kit/when.js';
import { count } from '../../kit/words.js';
import type { Licence } from './licence-types.js';
import { validityInWords } from './licence-words.js';
import classes from './licences.module.css';
import { policyInShort } from './policy-words.js';

/** How full a licence is, and what it is. */
export function LicenceHead({ licence }: { readonly licence: Licence }) {
  const { owner, serial, used, seats, validTo, members, policy, createdOn } = licence;
  return (
    <div className={classes.head}>
      <Gauge used={used} limit={seats} size="lg" label={`Seats of ${licence.name}`} />
      <dl className={classes.facts}>
        <div>
          <dt>Owner</dt>
          <dd>
            <LinkTo href={`/owners/${owner.id}`}>{owner.name}</LinkTo>
          </dd>
        </div>
        <div>
          <dt>Valid</dt>
          <dd>
            {validityInWords(licence)}
            {validTo !== null && (
              <span className={classes.aside}>
                ends <Until at={validTo} over="in the past" />
              </span>
            )}
          </dd>
        </div>
        <div>
          <dt>Serial</dt>
          <dd>
            <Copied text={serial} />
          </dd>
        </div>
        {members !== undefined && (
          <div>
            <dt>Members</dt>
            <dd>{count(members)}</dd>
          </div>
        )}
        <div>
          <dt>Made</dt>
          <dd>
            <When at={createdOn} />
          </dd>
        </div>
        <div className={classes.wideFact}>
          <dt>When it is full</dt>
          <dd>{policyInShort(policy)}</dd>
        </div>
      </dl>
    </div>
  );
}

function Copied({ text }: { readonly text: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <UnstyledButton className={classes.copy ?? ''} onClick={copy} aria-label={`Copy the serial ${text}`}>
          {text}
          <span aria-live="polite" className={classes.copied}>
            {copied ? 'copied' : 'copy'}
          </span>
        </UnstyledButton>
      )}
    </CopyButton>
  );
}

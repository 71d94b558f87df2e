import { Button, CopyButton } from '@mantine/core';
import { nowMs } from '../../../../client/clock.js';
import { Gauge } from '../../kit/gauge.js';
import kitClasses from '../../kit/kit.module.css';
import { LinkTo } from '../../kit/link-to.js';
import { Until } from '../../kit/when.js';
import { count } from '../../kit/words.js';
import type { Licence } from './licence-types.js';
import { validityInWords } from './licence-words.js';
import classes from './licences.module.css';
import { policyInShort } from './policy-words.js';

const soonMs = 90 * 86_400_000;

function endsSoon(validTo: string): boolean {
  return Date.parse(validTo) - nowMs() < soonMs;
}

/** How full a licence is, and what it is. */
export function LicenceHead({ licence }: { readonly licence: Licence }) {
  const { owner, serial, used, seats, validTo, members, policy } = licence;
  return (
    <div className={classes.head}>
      <Gauge used={used} limit={seats} size="lg" label={`Seats of ${licence.name}`} />
      <dl className={kitClasses.facts}>
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
            {validTo !== null && endsSoon(validTo) && (
              <span className={classes.aside}>
                <Until at={validTo} over="nothing" /> left
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
          <dt>When it is full</dt>
          <dd>{policyInShort(policy)}</dd>
        </div>
      </dl>
    </div>
  );
}

function Copied({ text }: { readonly text: string }) {
  return (
    <span className={classes.copy}>
      {text}
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="subtle" onClick={copy} aria-label={copied ? 'Copied' : 'Copy the serial'}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </span>
  );
}

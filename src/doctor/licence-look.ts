import type { DataSource } from 'typeorm';
import { abreast } from '../kernel/abreast.js';
import type { Licence, LicenceRepository } from '../licences/licence-repository.js';
import { askPostgres } from '../platform/postgres.js';
import { userOfField } from '../sessions/keys.js';
import { licenceTag } from '../sessions/session-id.js';
import type { SeatPolicy } from '../sessions/store.js';
import { type Finding, finding } from './finding.js';
import type { Waiting } from './session-look.js';
import type { Survey } from './survey.js';

const dayMs = 86_400_000;
/** So many tags are looked at side by side: the stores have others to serve as well. */
export const tagsAtOnce = 8;
/** A day of overage counts for so many days. */
const overageWindowDays = 365;

const overageSql = `SELECT DISTINCT licence_id, floor(extract(epoch FROM at) / 86400)::int AS day FROM session_events
  WHERE kind = 'admitted' AND reason = 'overage' AND licence_id = $1 AND at >= $2`;

/** Compares policies and days of overage, and the epochs of users that lie beside them, with Postgres. */
export class LicenceLook {
  readonly #survey: Survey;
  readonly #dataSource: DataSource;
  readonly #licences: Pick<LicenceRepository, 'allPolicies'>;

  constructor(survey: Survey, dataSource: DataSource, licences: Pick<LicenceRepository, 'allPolicies'>) {
    this.#survey = survey;
    this.#dataSource = dataSource;
    this.#licences = licences;
  }

  /** Looks at these tags and at every licence. */
  async all(tags: ReadonlySet<string>, nowMs: number, waiting: Waiting, say: (found: Finding) => void): Promise<void> {
    const policies = new Map(
      (await this.#licences.allPolicies()).map(({ id, policy }) => [licenceTag(id), { id, policy }]),
    );
    await abreast(new Set([...tags, ...policies.keys()]), tagsAtOnce, async (tag) => {
      const fields = new Map<string, string>();
      for await (const slice of this.#survey.policy(tag)) {
        await this.#judgeEpochs(slice, say);
        for (const [field, value] of slice) if (userOfField(field) === null) fields.set(field, value);
      }
      const licence = policies.get(tag);
      if (licence === undefined) return;
      const found = misfit(tag, licence.id, licence.policy, fields);
      if (found !== null) say(found);
      if (licence.policy.chain.some(({ step }) => step === 'overage')) {
        await this.#judgeOverage(licence.id, nowMs, waiting, say);
      }
    });
  }

  async #judgeEpochs(slice: readonly [string, string][], say: (found: Finding) => void): Promise<void> {
    const epochs = new Map<string, number>();
    for (const [field, value] of slice) {
      const userId = userOfField(field);
      if (userId !== null) epochs.set(userId, Number(value));
    }
    if (epochs.size === 0) return;
    const rows = await askPostgres(() =>
      this.#dataSource.query<{ id: string; epoch: number }[]>('SELECT id, epoch FROM users WHERE id::text = ANY($1)', [
        [...epochs.keys()],
      ]),
    );
    for (const { id, epoch } of rows) {
      const here = epochs.get(id) ?? 0;
      if (here > epoch)
        say(finding('epoch-ahead', null, `${id} ${here}`, { userId: id, redis: here, postgres: epoch }));
    }
  }

  async #judgeOverage(id: Licence['id'], nowMs: number, waiting: Waiting, say: (found: Finding) => void) {
    const tag = licenceTag(id);
    const first = Math.floor(nowMs / dayMs) - overageWindowDays + 1;
    const rows = await askPostgres(() =>
      this.#dataSource.query<{ day: number }[]>(overageSql, [id, new Date(first * dayMs)]),
    );
    const told = new Set(rows.map(({ day }) => day));
    const here = new Set((await this.#survey.overageDays(tag)).filter((day) => day >= first));
    for (const day of told) {
      if (!here.has(day)) say(finding('overage-forgotten', tag, String(day), { licenceId: id, day }));
    }
    const unknown = [...here].filter((day) => !told.has(day));
    // What waits may tell of them.
    if (unknown.length === 0 || (await waiting(tag)).size > 0) return;
    for (const day of unknown) say(finding('overage-unknown', tag, String(day), { licenceId: id, day }));
  }
}

function misfit(
  tag: string,
  licenceId: string,
  policy: SeatPolicy,
  fields: ReadonlyMap<string, string>,
): Finding | null {
  const version = fields.get('v');
  if (version === undefined) return finding('policy-missing', tag, tag, { licenceId });
  const facts = { licenceId, redis: Number(version), postgres: policy.version };
  // Another version in the next look is another change on its way.
  const subject = `${tag} ${policy.version}`;
  if (facts.redis < policy.version) return finding('policy-old', tag, subject, facts);
  if (facts.redis > policy.version) return finding('policy-ahead', tag, subject, facts);
  const wanted = fieldsOf(policy);
  const wrong = Object.entries(wanted).filter(([field, value]) => (fields.get(field) ?? '') !== value);
  if (wrong.length === 0) return null;
  const detail = wrong
    .map(([field, value]) => `${field} is "${fields.get(field) ?? ''}" instead of "${value}"`)
    .join(', ');
  return finding('policy-differs', tag, subject, { licenceId, redis: facts.redis, detail });
}

/** The fields of a policy as the script that keeps it writes them. */
function fieldsOf(policy: SeatPolicy): Record<string, string> {
  const [from, to] = [policy.validFromMs, policy.validToMs].map((ms) => (ms === null ? '' : String(ms)));
  return {
    seats: String(policy.seats),
    state: policy.state,
    from: from ?? '',
    to: to ?? '',
    per: policy.perUser === null ? '' : String(policy.perUser),
    chain: policy.chain.length === 0 ? '' : JSON.stringify(policy.chain),
    open: policy.state !== 'suspended' && from === '' && to === '' ? '1' : '',
  };
}

import { z } from 'zod';
import { type Clock, isoTime } from '../kernel/clock.js';
import type { LicenceId } from '../kernel/ids.js';
import type { Reply } from '../kernel/route.js';
import type { Visibility } from '../kernel/visibility.js';
import { isOpen, type Licence, type LicenceRepository } from '../licences/licence-repository.js';
import { isReached } from '../licences/notice-levels.js';
import { licencePolicy } from '../licences/policy.js';
import { startsOnFirstUse } from '../licences/validity.js';
import { changeReply, pendingOf, type Reached } from '../platform/pending.js';
import { StoreUnavailable } from '../platform/unavailable.js';
import { counted } from '../sessions/counted.js';
import { licenceTag } from '../sessions/session-id.js';
import type { SessionStore } from '../sessions/store.js';

/** A licence as staff see it. */
export const licenceView = z.object({
  id: z.uuid(),
  serial: z.string(),
  name: z.string(),
  owner: z.object({ id: z.uuid(), name: z.string() }),
  seats: z.number().int(),
  /** Seats taken at this moment. */
  used: z.number().int(),
  /** How many more sessions there are than seats. */
  over: z.number().int(),
  /** `draining`: those inside stay, nobody enters. `suspended`: nobody is inside either. */
  state: z.enum(['active', 'draining', 'suspended']),
  /** Neither suspended nor draining. */
  active: z.boolean(),
  /** Active, and now lies between `validFrom` and `validTo`: people can sign in. */
  valid: z.boolean(),
  validFrom: z.iso.datetime().nullable(),
  validTo: z.iso.datetime().nullable(),
  durationDays: z.number().int().nullable(),
  /** The term has not begun: it counts from the first session that is opened. */
  startsOnFirstUse: z.boolean(),
  policy: licencePolicy,
  createdOn: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  version: z.number().int(),
});

/** One licence as staff see it. */
export const wholeLicenceView = licenceView.extend({ members: z.number().int() });

/** A licence after a change that Redis does not know of yet. `used` and `over` are null when they cannot be counted either. */
export const pendingLicenceView = pendingOf(
  licenceView.extend({ used: z.number().int().nullable(), over: z.number().int().nullable() }),
);

/** Makes views of licences: Postgres knows what they are, the store how full. */
export class LicenceViews {
  readonly #licences: Pick<LicenceRepository, 'ownerNames' | 'seatsOfAll' | 'memberCount'>;
  readonly #store: Pick<SessionStore, 'counts'>;
  readonly #clock: Clock;

  constructor(
    licences: Pick<LicenceRepository, 'ownerNames' | 'seatsOfAll' | 'memberCount'>,
    store: Pick<SessionStore, 'counts'>,
    clock: Clock,
  ) {
    this.#licences = licences;
    this.#store = store;
    this.#clock = clock;
  }

  /** The views of these licences. Throws StoreUnavailable when the seats cannot be counted. */
  async of(licences: readonly Licence[]): Promise<z.output<typeof licenceView>[]> {
    const [names, counts] = await Promise.all([
      this.#licences.ownerNames([...new Set(licences.map((licence) => licence.ownerId))]),
      this.#store.counts(licences.map(tagOf)),
    ]);
    return licences.map((licence, i) => {
      const used = counts[i]?.used ?? 0;
      return { ...this.#view(licence, names), used, over: Math.max(0, used - licence.seats) };
    });
  }

  /** Those licences one may see of whose seats 80 % are taken at this moment, or more. Throws StoreUnavailable. */
  async nearLimit(visible: Visibility): Promise<LicenceId[]> {
    const all = await this.#licences.seatsOfAll(visible);
    const near: LicenceId[] = [];
    for await (const [{ id, seats }, { used }] of counted(this.#store, all, tagOf)) {
      if (isReached('near-80', { used, limit: seats })) near.push(id);
    }
    return near;
  }

  /** One licence, with how many members it has. Throws StoreUnavailable. */
  async whole(licence: Licence): Promise<z.output<typeof wholeLicenceView>> {
    const [[view], members] = await Promise.all([this.of([licence]), this.#licences.memberCount(licence.id)]);
    return { ...(view as z.output<typeof licenceView>), members };
  }

  /** The reply to a change of a licence, which has been made: what cannot be counted now is not a reason to deny that. */
  async changeReply(licence: Licence, reached: Reached, status: number): Promise<Reply> {
    try {
      const [view] = await this.of([licence]);
      return changeReply(reached, status, view);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      const names = await this.#licences.ownerNames([licence.ownerId]).catch(() => new Map<string, string>());
      return changeReply('pending', status, { ...this.#view(licence, names), used: null, over: null });
    }
  }

  #view(licence: Licence, names: ReadonlyMap<string, string>) {
    const { validFrom, validTo, state } = licence;
    return {
      id: licence.id,
      serial: licence.serial,
      name: licence.name,
      owner: { id: licence.ownerId, name: names.get(licence.ownerId) ?? '' },
      seats: licence.seats,
      state,
      active: state === 'active',
      valid: isOpen(licence, this.#clock.nowMs()),
      validFrom: isoTime(validFrom),
      validTo: isoTime(validTo),
      durationDays: licence.durationDays,
      startsOnFirstUse: startsOnFirstUse(licence),
      policy: licence.policy,
      createdOn: isoTime(licence.createdOn),
      updatedAt: isoTime(licence.updatedAt),
      version: licence.version,
    };
  }
}

function tagOf({ id }: Pick<Licence, 'id'>): string {
  return licenceTag(id);
}

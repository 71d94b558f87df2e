import type { By } from '../audit/audit-log.js';
import type { Change, Changed, Changes } from '../audit/changes.js';
import { type LicenceId, newId, type OwnerId } from '../kernel/ids.js';
import type { Page, PageRequest } from '../kernel/page.js';
import { invalid, Problem } from '../kernel/problem.js';
import { requireVersion } from '../kernel/version.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import { brokenConstraint } from '../platform/postgres.js';
import { causeOf } from '../sessions/pushes.js';
import type { Cause } from '../sessions/store.js';
import type { AppointmentEndings, HeldUser } from './appointment-endings.js';
import { licenceKeyOf, licencePolicyPush } from './licence-pushes.js';
import { type Licence, type LicenceFilter, type LicenceRepository, policyOf } from './licence-repository.js';
import { licenceTable } from './licence-table.js';
import { stated } from './owner-service.js';
import { type LicencePolicy, strictPolicy } from './policy.js';
import { newSerial } from './serial.js';
import { type Validity, type ValidityGiven, validityAfter, validityRenewed } from './validity.js';

/** What a new licence is made of. */
export interface NewLicence extends ValidityGiven {
  readonly ownerId: OwnerId;
  readonly name: string;
  readonly seats: number;
  readonly policy?: LicencePolicy | undefined;
}

/** What can be changed about a licence; what is left out stays. */
export interface LicencePatch extends ValidityGiven {
  readonly ownerId?: OwnerId | undefined;
  readonly name?: string | undefined;
  readonly seats?: number | undefined;
  readonly policy?: LicencePolicy | undefined;
  /** Fewer seats than are taken: `drain` waits until enough have left, `end-idlest` ends those unused for longest. */
  readonly whenLowered?: 'drain' | 'end-idlest' | undefined;
  readonly version?: Based['version'];
}

/** The version a change was made from: `stale-version` unless it is left out or current. */
export interface Based {
  readonly version?: number | undefined;
}

/** How a licence is suspended: `end` ends every session, `drain` lets those stay who are inside. */
export interface Suspension extends Based {
  readonly mode?: 'end' | 'drain' | undefined;
}

/** Which licence is changed, how it is called in the audit log, on whose order, and from which version. */
interface ChangeAsked extends Based {
  readonly id: LicenceId;
  readonly by: By;
  /** Who is to own it, if that is asked. */
  readonly ownerId?: OwnerId | undefined;
  readonly action: 'licence.updated' | 'licence.suspended' | 'licence.reinstated' | 'licence.renewed';
}

const unlimited: Validity = { validFrom: null, validTo: null, durationDays: null };

/**
 * Licences and their seats. Every change raises the licence's version and brings its policy to the seats. Every method
 * throws `not-found` for a licence that is not there, and `stale-version` for a change made from another version.
 */
export class LicenceService {
  readonly #licences: LicenceRepository;
  readonly #changes: Changes;
  readonly #endings: AppointmentEndings;
  readonly #mail: Pick<MailOutbox, 'require'>;

  constructor(
    licences: LicenceRepository,
    changes: Changes,
    endings: AppointmentEndings,
    mail: Pick<MailOutbox, 'require'>,
  ) {
    this.#licences = licences;
    this.#changes = changes;
    this.#endings = endings;
    this.#mail = mail;
  }

  /** A page of licences, newest first. */
  list(filter: LicenceFilter, page: PageRequest): Promise<Page<Licence>> {
    return this.#licences.list(filter, page);
  }

  /** The licence. */
  async get(id: LicenceId): Promise<Licence> {
    const licence = await this.#licences.find(id);
    if (licence === null) throw new Problem('not-found');
    return licence;
  }

  /**
   * A new, active licence with a new serial. Throws `invalid-request` when there is no such owner, and `mail-not-set-up` when
   * a second factor is to be required: who has enrolled none is sent codes.
   */
  async create(given: NewLicence, by: By): Promise<Changed<Licence>> {
    if (given.policy?.secondFactor === 'required') this.#mail.require();
    return withKnownOwner(() =>
      this.#changes.make(by, async (change) => {
        const licence: Licence = {
          id: newId<LicenceId>(),
          ownerId: given.ownerId,
          name: given.name,
          serial: newSerial(),
          seats: given.seats,
          state: 'active',
          ...validityAfter(unlimited, given),
          policy: given.policy ?? strictPolicy,
          version: 1,
          createdOn: change.now,
          updatedAt: change.now,
        };
        await change.tx.insert(licenceTable, licence);
        const detail = { name: licence.name, seats: licence.seats, ownerId: licence.ownerId };
        await change.audit({ action: 'licence.created', target: { type: 'licence', id: licence.id }, detail });
        await change.push(licencePolicyPush(licence.id, policyOf(licence)));
        return licence;
      }),
    );
  }

  /** Changes what is given. Throws as `create` does. */
  async patch(id: LicenceId, given: LicencePatch, by: By): Promise<Changed<Licence>> {
    const { version, validFrom, validTo, durationDays, whenLowered, ...rest } = given;
    if (rest.policy?.secondFactor === 'required') this.#mail.require();
    if (whenLowered !== undefined && rest.seats === undefined) throw invalid('/whenLowered', 'goes with seats');
    const fields = stated<Pick<Licence, 'ownerId' | 'name' | 'seats' | 'policy'>>(rest);
    return withKnownOwner(() =>
      this.#change(
        { id, by, action: 'licence.updated', version, ownerId: fields.ownerId },
        (licence) => ({ ...fields, ...validityAfter(licence, { validFrom, validTo, durationDays }) }),
        whenLowered === 'end-idlest' ? { idlest: causeOf('displaced', by) } : {},
      ),
    );
  }

  /**
   * Lets nobody in any more, and ends every session of the licence unless it is to drain. Does nothing when that is so
   * already; to drain a suspended licence, in which nobody is left, is nothing to do either.
   */
  suspend(id: LicenceId, { mode = 'end', version }: Suspension, by: By): Promise<Changed<Licence>> {
    const state = mode === 'drain' ? 'draining' : 'suspended';
    return this.#change(
      { id, by, action: 'licence.suspended', version },
      (licence) => (licence.state === state || licence.state === 'suspended' ? null : { state }),
      mode === 'drain' ? {} : { all: causeOf('licence-suspended', by) },
    );
  }

  /** Lets people in again. Does nothing when it is active already. */
  reinstate(id: LicenceId, { version }: Based, by: By): Promise<Changed<Licence>> {
    return this.#change({ id, by, action: 'licence.reinstated', version }, ({ state }) =>
      state === 'active' ? null : { state: 'active' },
    );
  }

  /** Makes the licence last longer. */
  renew(id: LicenceId, given: Omit<ValidityGiven, 'validFrom'> & Based, by: By): Promise<Changed<Licence>> {
    const { version, ...longer } = given;
    return this.#change({ id, by, action: 'licence.renewed', version }, (licence, now) =>
      validityRenewed(licence, longer, now),
    );
  }

  /** Removes the licence, its memberships and appointments, and ends its sessions. */
  remove(id: LicenceId, by: By): Promise<Changed<void>> {
    return this.#changes.make(by, async (change) => {
      const managers = await this.#endings.hold(change.tx, { type: 'licence', id });
      const licence = await this.#locked(change, id);
      await change.tx.delete(licenceTable, { id });
      await this.#endings.end(change, managers, id);
      const detail = { name: licence.name, serial: licence.serial };
      await change.audit({ action: 'licence.deleted', target: { type: 'licence', id }, detail });
      // A sign-in that has read the licence before must find a newer, closed policy.
      const closed = { ...policyOf(licence), version: licence.version + 1, state: 'suspended' as const };
      await change.push(licencePolicyPush(id, closed, causeOf('licence-suspended', by)));
    });
  }

  /** `decide` answers what changes, null for nothing; `ending` says why which sessions end with it. */
  #change(
    asked: ChangeAsked,
    decide: (licence: Licence, now: Date) => Partial<Licence> | null,
    ending: { readonly all?: Cause; readonly idlest?: Cause } = {},
  ): Promise<Changed<Licence>> {
    const { id, by, action, version } = asked;
    return this.#changes.make(by, async (change) => {
      const leaving = asked.ownerId === undefined ? null : await this.#holdOwner(change, id, asked.ownerId);
      const licence = await this.#locked(change, id);
      requireVersion(licence, version);
      // Somebody else has given it to another owner meanwhile.
      if (leaving !== null && licence.ownerId !== leaving.ownerId)
        throw new Problem('stale-version', { pointer: '/ownerId' });
      const decided = decide(licence, change.now);
      if (decided === null) {
        change.await(licenceKeyOf(id));
        return licence;
      }
      const next: Licence = { ...licence, ...decided, version: licence.version + 1, updatedAt: change.now };
      await change.tx.save(licenceTable, { ...next });
      await change.audit({ action, target: { type: 'licence', id }, detail: differences(licence, next) });
      if (leaving !== null) await this.#endings.end(change, leaving.managers, id);
      await change.push(licencePolicyPush(id, policyOf(next), ending.all, ending.idlest));
      return next;
    });
  }

  /** Holds the present owner and its managers, who will not manage the licence any more. Null when it stays where it is. */
  async #holdOwner(
    { tx }: Change,
    id: LicenceId,
    next: OwnerId,
  ): Promise<{ ownerId: OwnerId; managers: readonly HeldUser[] } | null> {
    const ownerId = await this.#licences.ownerOf(tx, id);
    if (ownerId === null || ownerId === next) return null;
    return { ownerId, managers: await this.#endings.hold(tx, { type: 'owner', id: ownerId }) };
  }

  async #locked(change: Change, id: LicenceId): Promise<Licence> {
    const licence = await this.#licences.lock(change.tx, id);
    if (licence === null) throw new Problem('not-found');
    return licence;
  }
}

function differences(before: Licence, after: Licence): Record<string, unknown> {
  const names = ['ownerId', 'name', 'seats', 'state', 'validFrom', 'validTo', 'durationDays', 'policy'] as const;
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(changed.map((name) => [name, { from: before[name], to: after[name] }]));
}

async function withKnownOwner<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (brokenConstraint(error) === 'licences_owner_fk') throw invalid('/ownerId', 'must be the id of an owner');
    throw error;
  }
}

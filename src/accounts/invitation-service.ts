import { type By, personBehind } from '../audit/audit-log.js';
import type { Change, Changed, Changes } from '../audit/changes.js';
import type { Caller } from '../kernel/actor.js';
import type { Clock } from '../kernel/clock.js';
import { type LicenceId, newId, type UserId } from '../kernel/ids.js';
import type { Page, PageRequest } from '../kernel/page.js';
import { Problem } from '../kernel/problem.js';
import type { Visibility } from '../kernel/visibility.js';
import type { LicenceRepository } from '../licences/licence-repository.js';
import type { AddedLine } from '../licences/member-foresight.js';
import type { MemberService } from '../licences/member-service.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import { dayInWords } from '../mail/templates.js';
import type { IssuedTokens } from '../platform/issued-tokens.js';
import { type AccountService, withTakenNamed } from './account-service.js';
import { identifierKey } from './identifier.js';
import type { InvitationRepository } from './invitation-repository.js';
import { type InvitationRow, invitationTable } from './invitation-table.js';
import type { NewPasswords } from './new-passwords.js';
import type { User } from './user-repository.js';

/** How long an invitation can be accepted, in milliseconds: fourteen days. */
export const invitationMs = 14 * 86_400_000;

/** Somebody who is to become a member. `name` and `rank` are for a new account and a new membership. */
export interface Invitee {
  readonly email: string;
  readonly name?: string | undefined;
  readonly rank?: number | undefined;
}

/** What became of each address. `invited-lately`: nothing was sent, and the link before is as good as it was. */
export interface InvitedLine extends Omit<AddedLine, 'result'> {
  readonly result: AddedLine['result'] | 'invited' | 'invited-lately';
}

interface Inviter {
  readonly licenceId: LicenceId;
  readonly licence: string;
  readonly owner: string;
}

/** What an InvitationService is made of. */
export interface InvitationServiceParts {
  readonly invitations: InvitationRepository;
  readonly tokens: IssuedTokens<null>;
  readonly changes: Changes;
  readonly licences: LicenceRepository;
  readonly members: MemberService;
  readonly accounts: Pick<AccountService, 'insert'>;
  readonly hasher: Pick<NewPasswords, 'hash'>;
  readonly mail: Pick<MailOutbox, 'enqueue' | 'require'>;
  readonly publicUrl: string;
  readonly clock: Clock;
}

/** What whoever accepts an invitation gives. */
export interface Acceptance {
  readonly token: string;
  readonly password: string;
  readonly name?: string | undefined;
  readonly username?: string | undefined;
}

/**
 * Invitations by mail. Only addresses without an account are invited: who has one becomes a member at once, so that a link
 * never leads into an account that exists.
 */
export class InvitationService {
  readonly #parts: InvitationServiceParts;

  constructor(parts: InvitationServiceParts) {
    this.#parts = parts;
  }

  /**
   * Makes those with an account members, and invites the others if `invite` says so. Whoever was invited before gets a new
   * link, and the old one is worth nothing any more: once a minute, and five times an hour for all licences, so that nobody's
   * mailbox is filled. `visible` is what the caller sees: see MemberService. Throws
   * `not-found`, and `mail-not-set-up`: then nothing is done.
   */
  async add(
    { licenceId, visible }: { readonly licenceId: LicenceId; readonly visible: Visibility },
    people: readonly Invitee[],
    invite: boolean,
    by: By,
  ): Promise<Changed<InvitedLine[]>> {
    const { members, invitations } = this.#parts;
    const from = invite ? await this.#inviter(licenceId) : null;
    return members.change(licenceId, by, async (change) => {
      if (from !== null && !(await invitations.hold(change.tx, licenceId))) throw new Problem('not-found');
      const lines = await members.addByEmail(change, licenceId, people, visible);
      if (from === null) return lines;
      const unknown = people.filter((_person, i) => lines[i]?.result === 'no-such-user');
      const lately = await invitations.invitedLately(change.tx, licenceId, unknown.map(keyOf), change.now);
      const admitted = unknown.filter((person) => !lately.has(keyOf(person)));
      await this.#invite(change, from, admitted);
      return withInvited(lines, lately);
    });
  }

  /** What `add` would answer. Writes and sends nothing. Throws as it does. */
  async foresee(
    { licenceId, visible }: { readonly licenceId: LicenceId; readonly visible: Visibility },
    people: readonly Invitee[],
    invite: boolean,
  ): Promise<InvitedLine[]> {
    const { members, invitations, mail, clock } = this.#parts;
    if (invite) mail.require();
    const lines = await members.foresee(
      licenceId,
      people.map(({ email }) => email),
      visible,
    );
    if (!invite) return lines;
    const unknown = lines.filter(({ result }) => result === 'no-such-user').map(keyOf);
    return withInvited(lines, await invitations.lately(licenceId, unknown, new Date(clock.nowMs())));
  }

  /** A page of the invitations to a licence, newest first, also those that were used or have expired. Throws `not-found`. */
  async list(licenceId: LicenceId, page: PageRequest): Promise<Page<InvitationRow>> {
    if ((await this.#parts.licences.find(licenceId)) === null) throw new Problem('not-found');
    return this.#parts.invitations.list(licenceId, page);
  }

  /** Takes an invitation back: its link is worth nothing any more. Throws `not-found`, also for one that was used. */
  async revoke(licenceId: LicenceId, id: string, by: By): Promise<void> {
    await this.#parts.changes.make(by, async (change) => {
      const row = await this.#parts.invitations.lockUnused(change.tx, licenceId, id);
      if (row === null) throw new Problem('not-found');
      await change.tx.delete(invitationTable, { id });
      await change.audit(about('invitation.revoked', row));
    });
  }

  /**
   * Makes the account and the membership an invitation is for, and those of every other open invitation of the address:
   * whoever has the link reads its mail. Of two at once one succeeds. Throws `invalid-code` alike for a link that is unknown,
   * used, revoked or too old, and `already-exists`.
   */
  async accept({ token, password, name, username }: Acceptance, caller: Caller): Promise<User> {
    // Before the hash is spent: nobody without a link costs us one.
    const { invitations, tokens, accounts, members, changes, hasher, clock } = this.#parts;
    const issued = await tokens.find(token);
    const found = issued === null ? null : await invitations.find(issued.id);
    const open = found !== null && found.usedAt === null && found.expiresAt.getTime() > clock.nowMs();
    if (!open) throw new Problem('invalid-code');
    const { licence, owner } = await this.#inviter(found.licenceId as LicenceId);
    const passwordHash = await hasher.hash(password, {
      by: 'person',
      userId: null,
      about: { email: found.email, username, name: name ?? found.name, words: [licence, owner] },
      pointer: '/password',
    });
    const changed = await withAddressTaken(() =>
      changes.make({ actor: null, caller }, async (change) => {
        const open = await invitations.lockOpen(change.tx, found.emailKey, change.now);
        const used = await tokens.use(change.tx, token);
        const accepted = open.find((row) => row.tokenId === used?.id);
        if (accepted === undefined) throw new Problem('invalid-code');
        const given = { email: accepted.email, name: name ?? accepted.name, username, roles: ['user' as const] };
        const user = await accounts.insert(change, given, passwordHash);
        for (const row of open) {
          const member = { userId: user.id, rank: row.rank };
          await members.addWithin(change, row.licenceId as LicenceId, [member], 'everything');
          await change.tx.update(invitationTable, { id: row.id }, { usedAt: change.now });
          await change.audit(about('invitation.accepted', row, user.id));
        }
        return user;
      }),
    );
    return changed.result;
  }

  /** What a letter says about who invites. Asked before the change, which has one connection and needs no other. */
  async #inviter(licenceId: LicenceId): Promise<Inviter> {
    const licence = await this.#parts.licences.find(licenceId);
    if (licence === null) throw new Problem('not-found');
    const owners = await this.#parts.licences.ownerNames([licence.ownerId]);
    return { licenceId, licence: licence.name, owner: owners.get(licence.ownerId) ?? '' };
  }

  async #invite(change: Change, { licenceId, licence, owner }: Inviter, people: readonly Invitee[]): Promise<void> {
    // In the order of the keys, so that of two who invite the same people none waits for the other for ever.
    const byKey = new Map(people.map((person) => [keyOf(person), person]));
    const sorted = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1));
    const expiresAt = new Date(change.now.getTime() + invitationMs);
    const issued = await this.#parts.tokens.issueMany(
      change.tx,
      sorted.map(() => ({ userId: null, data: null })),
    );
    const made = sorted.map(([emailKey, person], i) => {
      const row: InvitationRow = {
        id: newId(),
        licenceId,
        email: person.email,
        emailKey,
        name: person.name ?? null,
        rank: person.rank ?? null,
        tokenId: issued[i]?.id ?? null,
        createdAt: change.now,
        expiresAt,
        usedAt: null,
        invitedBy: personBehind(change.by) ?? null,
      };
      return { row, token: issued[i]?.secret ?? '' };
    });
    const rows = made.map(({ row }) => row);
    await this.#parts.invitations.insertOrReplace(change.tx, rows);
    await change.audit(...rows.map((row) => about('invitation.made', row)));
    const until = dayInWords(expiresAt);
    for (const { row, token } of made) {
      const values = { owner, licence, link: `${this.#parts.publicUrl}/invitation#${token}`, until };
      await this.#parts.mail.enqueue(change.tx, { to: row.email, template: 'invitation', values });
    }
  }
}

/** Those without an account were invited, unless they were lately. */
function withInvited(lines: readonly AddedLine[], lately: ReadonlySet<string>): InvitedLine[] {
  return lines.map((line) => {
    if (line.result !== 'no-such-user') return line;
    return { ...line, result: lately.has(keyOf(line)) ? 'invited-lately' : 'invited' };
  });
}

function keyOf({ email }: { readonly email: string }): string {
  return identifierKey(email);
}

function about(
  action: 'invitation.made' | 'invitation.revoked' | 'invitation.accepted',
  { licenceId, email }: Pick<InvitationRow, 'licenceId' | 'email'>,
  userId?: UserId,
) {
  const detail = { email, ...(userId === undefined ? {} : { userId }) };
  return { action, target: { type: 'licence' as const, id: licenceId }, detail };
}

async function withAddressTaken<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await withTakenNamed(work);
  } catch (error) {
    if (!(error instanceof Problem) || error.members['pointer'] !== '/email') throw error;
    const what = 'There is an account with this address already. Sign in, and ask to be added to the licence again.';
    throw new Problem('already-exists', { pointer: '/token' }, what);
  }
}

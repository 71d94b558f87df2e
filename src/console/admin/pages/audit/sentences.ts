import { type AuditEntry, type Named, person, plain, type Sentence, say, shortId } from './entry.js';
import { changedFields, fieldInWords, momentInWords } from './values.js';

/** What a sentence is made from. */
interface Told {
  readonly who: Named;
  /** What it was done to. */
  readonly what: Named;
  /** Whether somebody did it to their own account. */
  readonly own: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly nameOf: (id: string) => string | null;
}

type Teller = (told: Told) => Sentence;

const credentials: Readonly<Record<string, Teller>> = {
  'password-changed': ({ who, what, own }) =>
    say`${who} changed ${own ? 'their own password' : ofWhat('the password', what)}`,
  'password-reset': ({ what }) => say`${what} chose a new password with a link from a letter`,
  'reset-started': ({ who, what, own }) =>
    say`${who} started a password reset${own ? '' : [' for ', what]}: the old password and all sessions ended`,
  'not-me': ({ what, detail }) => say`${what} said “this was not me”: the account was made safe${about(detail)}`,
  'address-changed': ({ who, what, own }) =>
    say`${who} changed ${own ? 'their own address' : ofWhat('the address', what)}`,
  'username-changed': ({ who, what, own }) =>
    say`${who} changed ${own ? 'their own user name' : ofWhat('the user name', what)}`,
  'factor-added': ({ who, detail }) => say`${who} added a second factor${about(detail)}`,
  'factor-removed': ({ who, what, own, detail }) =>
    say`${who} removed a second factor${own ? '' : [' of ', what]}${about(detail)}`,
  'recovery-codes-made': ({ who }) => say`${who} made new recovery codes; the old ones are worth nothing any more`,
  'recovery-used': ({ what, detail }) =>
    say`${what} signed in with a recovery code${typeof detail.left === 'number' ? `; ${counted(detail.left, 'code')} left` : ''}`,
  'signed-out-everywhere': ({ who, what, own }) => say`${who} signed ${own ? 'themselves' : what} out everywhere`,
};

/** How sessions are said to have been ended. */
const endings: Readonly<Record<string, string>> = {
  'signed-out': 'by signing out',
  idle: 'after being idle too long',
  lifetime: 'at the end of its time',
  'ended-by-staff': 'as staff',
  'ended-by-user': 'from another of their browsers',
  displaced: 'to make room',
  'user-agent': 'because another browser showed its cookie',
  'licence-suspended': 'because the licence was suspended',
  'licence-expired': 'because the licence ran out',
  'member-removed': 'because the person is no member any more',
  'account-disabled': 'because the account was disabled',
  'credentials-changed': 'because the password or a second factor changed',
  'role-changed': 'because staff rights were lost',
};

const tellers: Readonly<Record<string, Teller>> = {
  'user.created': ({ who, what, own, detail }) =>
    own ? say`${who} made an account` : say`${who} created the account ${what}${withRoles(detail.roles)}`,
  'user.updated': (told) => {
    const { who, what, own, detail } = told;
    if (typeof detail.lostRole === 'string') return say`${what} lost the role ${detail.lostRole}, which was deleted`;
    return say`${who} changed ${own ? 'their own account' : ['the account ', what]}${fromTo(told)}`;
  },
  'user.disabled': ({ who, what, detail }) =>
    say`${who} disabled the account ${what}; its sessions ended${because(detail.why)}`,
  'user.enabled': ({ who, what }) => say`${who} enabled the account ${what}`,
  'user.given-up': ({ who, detail }) =>
    say`${who} gave up their account${until(', which is deleted on', detail.deletesAt)}`,
  'user.deleted': ({ who, what, own, detail }) =>
    own ? say`${who} deleted their own account` : say`${who} deleted the account ${gone(detail.email, what)}`,
  'user.credentials-changed': (told) =>
    (credentials[text(told.detail.kind)] ?? (({ who, what }) => say`${who} changed how ${what} signs in`))(told),
  'remembered.reused': ({ what }) =>
    say`A remembered browser of ${what} was used twice, as when it is copied; it was forgotten and its session ended`,
  'remembered.revoked': ({ who, what, own, detail }) => {
    const whose = own ? 'their own' : [what, '’s'];
    if (detail.reason === 'user-agent')
      return say`A remembered browser of ${what} was forgotten: another one showed its cookie`;
    if (typeof detail.browsers !== 'number') return say`${who} made Usher forget one of ${whose} remembered browsers`;
    return say`${who} made Usher forget all ${String(detail.browsers)} of ${whose} remembered browsers`;
  },
  'owner.created': ({ who, what }) => say`${who} created the owner ${what}`,
  'owner.updated': ({ who, what, detail }) => say`${who} changed the owner ${what}${changedList(detail.fields)}`,
  'owner.deleted': ({ who, what, detail }) => say`${who} deleted the owner ${gone(detail.name, what)}`,
  'licence.created': ({ who, what, detail }) =>
    say`${who} created the licence ${what} with ${counted(detail.seats, 'seat')}`,
  'licence.updated': (told) => say`${told.who} changed the licence ${told.what}${fromTo(told)}`,
  'licence.suspended': ({ who, what, detail }) =>
    isDraining(detail)
      ? say`${who} closed the licence ${what} to newcomers; whoever sat there could stay`
      : say`${who} suspended the licence ${what}; everybody in it was signed out`,
  'licence.reinstated': ({ who, what }) => say`${who} reinstated the licence ${what}`,
  'licence.renewed': (told) => say`${told.who} renewed the licence ${told.what}${fromTo(told)}`,
  'licence.started': ({ what, detail, nameOf }) =>
    say`The time of the licence ${what} began with the sign-in of ${named(detail.userId, nameOf)}${until('; it ends on', detail.validTo)}`,
  'licence.deleted': ({ who, what, detail }) => say`${who} deleted the licence ${gone(detail.name, what)}`,
  'licence.near-limit': ({ what, detail }) => say`The licence ${what} was nearly full${usedOf(detail)}`,
  'licence.full': ({ what, detail }) => say`The licence ${what} was full${usedOf(detail)}`,
  'licence.over': ({ what, detail }) => say`The licence ${what} was over its limit${usedOf(detail)}`,
  'licence.expiring': ({ what, detail }) =>
    say`The licence ${what} was to end within ${counted(detail.days, 'day')}${until(', on', detail.validTo)}`,
  'member.added': ({ who, what, detail, nameOf }) =>
    say`${who} made ${named(detail.userId, nameOf)} a member of the licence ${what}`,
  'member.removed': ({ who, what, detail, nameOf }) =>
    say`${who} removed ${named(detail.userId, nameOf)} from the licence ${what}`,
  'member.updated': (told) =>
    say`${told.who} changed the membership of ${named(told.detail.userId, told.nameOf)} in the licence ${told.what}${fromTo(told)}`,
  'manager.appointed': ({ who, what, detail, nameOf }) =>
    say`${who} appointed ${named(detail.userId, nameOf)} a manager of ${what}`,
  'manager.dismissed': ({ who, what, detail, nameOf }) =>
    say`${who} dismissed ${named(detail.userId, nameOf)} as a manager of ${what}`,
  'invitation.made': ({ who, what, detail }) =>
    say`${who} invited ${text(detail.email, 'somebody')} to the licence ${what}`,
  'invitation.revoked': ({ who, what, detail }) =>
    say`${who} took back the invitation of ${text(detail.email, 'somebody')} to the licence ${what}`,
  'invitation.accepted': ({ what, detail, nameOf }) =>
    say`${invited(detail, nameOf)} accepted the invitation to the licence ${what}`,
  'session.opened-uncounted': ({ who, detail, nameOf }) =>
    say`${who} signed in without taking a seat${inLicence(detail.licenceId, nameOf)}${detail.reason === 'break-glass' ? ', by the emergency way' : ', to help somebody'}`,
  'session.ended': (told) => sessionEnded(told),
  'token.revoked': ({ who, detail }) => say`${who} revoked a token for ${text(detail.audience, 'an application')}`,
  'role.created': ({ who, what, detail }) => say`${who} created the role ${what}${granting(detail.permissions)}`,
  'role.updated': (told) => say`${told.who} changed the role ${told.what}${fromTo(told)}`,
  'role.deleted': ({ who, what }) => say`${who} deleted the role ${what} and took it from everybody who had it`,
};

/** The actions there are words for. */
export const wordedActions: readonly string[] = Object.keys(tellers);

/** What happened, as one sentence. An action without words of its own is told by its name. */
export function sentenceOf(entry: AuditEntry): Sentence {
  const { action, target } = entry;
  const detail = entry.detail ?? {};
  const nameOf = (id: string) => entry.names?.[id] ?? null;
  const told = {
    who: actorOf(entry),
    what: targetOf(entry, nameOf),
    own: entry.actor.id === target.id,
    detail,
    nameOf,
  };
  const tell = tellers[action] ?? (({ who, what }) => say`${who}: ${action} (${what})`);
  return capitalised(say`${tell(told)}${told.detail.mended === true ? ', to mend what was out of step' : ''}.`);
}

/** An action as an entry of a list to choose from. */
export function actionInWords(action: string): string {
  const [subject = '', verb = ''] = action.split('.');
  const things: Readonly<Record<string, string>> = { user: 'Account', remembered: 'Remembered browser' };
  const thing = things[subject] ?? subject.replace(/^./, (first) => first.toUpperCase());
  return `${thing}: ${verb.replaceAll('-', ' ')}`;
}

function actorOf({ actor, detail }: AuditEntry): Named {
  if (actor.kind === 'person') return person(actor.id, actor.name ?? actor.email);
  if (typeof detail?.operator === 'string') return { label: `${detail.operator} (at the command line)`, to: null };
  return { label: actor.kind === 'system' ? 'Usher' : 'Somebody who was not signed in', to: null };
}

function targetOf({ target, detail }: AuditEntry, nameOf: (id: string) => string | null): Named {
  const name = target.name ?? nameOf(target.id);
  const pages: Readonly<Record<string, string>> = { licence: '/licences', owner: '/owners', role: '/roles' };
  if (target.type === 'user')
    return name === null ? { label: goneAs(detail, target.id), to: null } : person(target.id, name);
  if (target.type === 'role') return { label: target.id, to: '/roles' };
  const page = pages[target.type];
  const label = name === null ? shortId(target.id) : `“${name}”`;
  return { label, to: page === undefined || name === null ? null : `${page}/${target.id}` };
}

/** What an account that is gone was called, as far as the line itself says so. */
function goneAs(detail: AuditEntry['detail'], id: string): string {
  return text(detail?.['email'], shortId(id));
}

function sessionEnded({ who, detail, nameOf }: Told): Sentence {
  const how = endings[text(detail.reason)] ?? '';
  const message = typeof detail.message === 'string' && detail.message !== '' ? `, saying “${detail.message}”` : '';
  if (typeof detail.ended === 'number')
    return say`${who} ended ${counted(detail.ended, 'session')} by a filter${message}`;
  const whose = typeof detail.userId === 'string' ? say` of ${named(detail.userId, nameOf)}` : '';
  return say`${who} ended a session${whose}${inLicence(detail.licenceId, nameOf)}${how === '' ? '' : ` ${how}`}${message}`;
}

function capitalised([first, ...rest]: Sentence): Sentence {
  const up = (words: string) => words.replace(/^./, (letter) => letter.toUpperCase());
  if (first === undefined) return [];
  if (typeof first === 'string') return [up(first), ...rest];
  return /^(?:somebody|account )/.test(first.label)
    ? [{ ...first, label: up(first.label) }, ...rest]
    : [first, ...rest];
}

function fromTo({ detail, nameOf }: Told): string {
  const changed = changedFields(detail, nameOf);
  if (changed.length === 0) return '';
  return `: ${changed.map(({ field, from, to }) => `${field} from ${from} to ${to}`).join('; ')}`;
}

function named(id: unknown, nameOf: (id: string) => string | null): Named {
  return typeof id === 'string' ? person(id, nameOf(id)) : person(null, null);
}

function invited({ userId, email }: Readonly<Record<string, unknown>>, nameOf: (id: string) => string | null): Named {
  const address = text(email, 'somebody');
  return typeof userId === 'string' ? person(userId, nameOf(userId) ?? address) : person(null, address);
}

function inLicence(id: unknown, nameOf: (id: string) => string | null): Sentence {
  if (typeof id !== 'string') return [];
  const name = nameOf(id);
  return name === null ? [] : [' in ', { label: `“${name}”`, to: `/licences/${id}` }];
}

function ofWhat(thing: string, what: Named): Sentence {
  return [`${thing} of `, what];
}

function gone(name: unknown, what: Named): string {
  return typeof name === 'string' && name !== '' ? name : what.label;
}

function about(detail: Readonly<Record<string, unknown>>): string {
  return typeof detail.about === 'string' && detail.about !== '' ? ` (${detail.about})` : '';
}

function because(why: unknown): string {
  return typeof why === 'string' && why !== '' ? `, because ${why}` : '';
}

function until(words: string, at: unknown): string {
  return typeof at === 'string' ? `${words} ${momentInWords(at)}` : '';
}

function withRoles(roles: unknown): string {
  const told = Array.isArray(roles) ? roles.filter((role) => role !== 'user') : [];
  return told.length === 0 ? '' : ` with the ${told.length === 1 ? 'role' : 'roles'} ${told.join(', ')}`;
}

function granting(permissions: unknown): string {
  return Array.isArray(permissions) && permissions.length > 0 ? `, which grants ${permissions.join(', ')}` : '';
}

function changedList(fields: unknown): string {
  return Array.isArray(fields) && fields.length > 0
    ? `: ${fields.map((field) => fieldInWords(String(field))).join(', ')}`
    : '';
}

function usedOf({ used, limit }: Readonly<Record<string, unknown>>): string {
  return typeof used === 'number' && typeof limit === 'number' ? `: ${used} of ${limit} seats were taken` : '';
}

function isDraining({ state }: Readonly<Record<string, unknown>>): boolean {
  return (state as { to?: unknown } | undefined)?.to === 'draining';
}

function counted(count: unknown, thing: string): string {
  return `${text(count, 'some')} ${thing}${count === 1 ? '' : 's'}`;
}

function text(value: unknown, otherwise = ''): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
}

/** What happened, as plain text. */
export function sentenceText(entry: AuditEntry): string {
  return plain(sentenceOf(entry));
}

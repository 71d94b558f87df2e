/** A field that was changed, in words. */
export interface ChangedField {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

const fields: Readonly<Record<string, string>> = {
  email: 'address',
  username: 'user name',
  name: 'name',
  verified: 'address verified',
  roles: 'roles',
  factor: 'name of a second factor',
  ownerId: 'owner',
  seats: 'seats',
  state: 'state',
  validFrom: 'valid from',
  validTo: 'valid to',
  durationDays: 'length in days',
  policy: 'policy',
  rank: 'place in the order of use',
  description: 'description',
  permissions: 'permissions',
  managersMayGive: 'whether licence managers may give it',
  version: 'version',
  epoch: 'generation of its sessions',
};

/** What was changed from what to what, in the order in which it is told. `nameOf` knows what ids are called. */
export function changedFields(
  detail: Readonly<Record<string, unknown>> | null,
  nameOf: (id: string) => string | null,
): ChangedField[] {
  return Object.entries(detail ?? {}).flatMap(([name, value]) => {
    if (!isChange(value)) return [];
    const inWords = (side: unknown) => valueInWords(name, side, nameOf);
    return [{ field: fieldInWords(name), from: inWords(value.from), to: inWords(value.to) }];
  });
}

/** What people call a field. */
export function fieldInWords(name: string): string {
  return fields[name] ?? name.replace(/([A-Z])/g, ' $1').toLowerCase();
}

/** A moment as people read it where they are. */
export function momentInWords(text: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(text));
}

/** The step of a policy in a few words. */
function stepInWords(step: unknown): string {
  if (step === 'refuse') return 'refuse';
  if (step === 'end-own') return 'offer to end an own session';
  const { step: kind, idleMinutes, which, seats, daysPerYear } = (step ?? {}) as Readonly<Record<string, unknown>>;
  if (kind === 'reclaim-idle') return `free seats idle for ${idleMinutes} min`;
  if (kind === 'displace') return `end the own ${which === 'oldest' ? 'oldest' : 'least used'} session`;
  if (kind === 'overage') return `up to ${seats} over the limit on ${daysPerYear} days a year`;
  return JSON.stringify(step);
}

function isChange(value: unknown): value is { from: unknown; to: unknown } {
  return typeof value === 'object' && value !== null && 'from' in value && 'to' in value;
}

function valueInWords(field: string, value: unknown, nameOf: (id: string) => string | null): string {
  if (value === null || value === undefined || value === '') return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (field === 'policy') return policyInWords(value);
  if (typeof value !== 'string') return typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (field === 'ownerId') return nameOf(value) ?? value;
  return /^\d{4}-\d\d-\d\dT/.test(value) ? momentInWords(value) : value;
}

function policyInWords(policy: unknown): string {
  const { whenFull, maxSessionsPerUser, secondFactor, notifyOwner } = policy as Readonly<Record<string, unknown>>;
  const said = [Array.isArray(whenFull) ? `when full: ${whenFull.map(stepInWords).join(', then ')}` : ''];
  if (maxSessionsPerUser !== undefined) said.push(`at most ${maxSessionsPerUser} sessions a person`);
  if (secondFactor === 'required') said.push('second factor required');
  if (notifyOwner === true) said.push('the owner is told by mail');
  return said.filter((words) => words !== '').join('; ');
}

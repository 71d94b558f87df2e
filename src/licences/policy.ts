import { z } from 'zod';
import type { FullStep } from '../sessions/store.js';

const reclaimIdle = z.strictObject({
  step: z.literal('reclaim-idle'),
  idleMinutes: z.number().int().min(1).max(10_080),
});
const displace = z.strictObject({ step: z.literal('displace'), which: z.enum(['oldest', 'idlest']) });
const overage = z.strictObject({
  step: z.literal('overage'),
  seats: z.number().int().min(1).max(10_000_000),
  daysPerYear: z.number().int().min(1).max(365),
});
const step = z.union([z.literal(['end-own', 'refuse']), reclaimIdle, displace, overage], {
  error:
    'must be "end-own" or "refuse", or have the step "reclaim-idle" (with idleMinutes), "displace" (with which: "oldest" or "idlest") or "overage" (with seats and daysPerYear)',
});

/** How a licence treats its people: what is stored, what staff write, and what they read. */
export const licencePolicy = z.strictObject({
  /** What is tried when no seat is free, in this order. */
  whenFull: z.array(step).min(1).max(5).superRefine(consistent),
  /** How many sessions one person may have in the licence at once. */
  maxSessionsPerUser: z.number().int().min(1).max(1_000).optional(),
  /** Whether the owner is told by mail when the licence nears its limit or its end. */
  notifyOwner: z.boolean().optional(),
  /** `required`: its members must show a second factor whenever they sign in. Everybody may, anyhow. */
  secondFactor: z.enum(['required', 'optional']).optional(),
});

/** A licence's policy as it is stored. */
export type LicencePolicy = z.output<typeof licencePolicy>;

type Step = z.output<typeof step>;

/** What a licence does when nothing else was said. */
export const strictPolicy: LicencePolicy = { whenFull: ['refuse'] };

function nameOf(one: Step): string {
  return typeof one === 'string' ? one : one.step;
}

function consistent(chain: readonly Step[], context: z.RefinementCtx): void {
  const say = (index: number, message: string) => context.addIssue({ code: 'custom', path: [index], message });
  const names = chain.map(nameOf);
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) say(index, `must not be tried twice: ${name}`);
    if (name === 'refuse' && index < names.length - 1) say(index, 'must be the last step: nothing is tried after it');
    if (name === 'end-own' && names.slice(0, index).includes('displace'))
      say(index, 'must come before displace, which leaves nothing to choose');
  });
}

/** The part of a policy that decides at the door, as the store knows it. */
export function doorPolicy(policy: LicencePolicy): { perUser: number | null; chain: FullStep[] } {
  const chain = policy.whenFull.flatMap((one): FullStep[] => {
    if (one === 'refuse') return [];
    if (one === 'end-own') return [{ step: 'end-own' }];
    if (one.step === 'overage') return [{ step: 'overage', seats: one.seats, days: one.daysPerYear }];
    return [one];
  });
  return { perUser: policy.maxSessionsPerUser ?? null, chain };
}

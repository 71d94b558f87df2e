import { plural } from '../../kit/words.js';

/** A step of what a licence tries when no seat is free. */
export type FullStep =
  | 'end-own'
  | 'refuse'
  | { readonly step: 'reclaim-idle'; readonly idleMinutes: number }
  | { readonly step: 'displace'; readonly which: 'oldest' | 'idlest' }
  | { readonly step: 'overage'; readonly seats: number; readonly daysPerYear: number };

/** A step that may help. */
export type Step = Exclude<FullStep, 'refuse'>;

/** How a licence treats its people, as the server stores it. */
export interface Policy {
  readonly whenFull: readonly FullStep[];
  readonly maxSessionsPerUser?: number | undefined;
  readonly notifyOwner?: boolean | undefined;
  readonly secondFactor?: 'required' | 'optional' | undefined;
}

/** The steps that can be put in order; `refuse` is what is left when none of them helps. */
export const stepNames = ['reclaim-idle', 'end-own', 'displace', 'overage'] as const;

/** The name of such a step. */
export type StepName = (typeof stepNames)[number];

/** What each step is called, and what it does, in one sentence. */
export const stepWords: Readonly<Record<StepName, { readonly title: string; readonly does: string }>> = {
  'reclaim-idle': {
    title: 'Take an idle seat',
    does: 'Ends the session that nobody has used for longest, whoever’s it is, and only once it has been idle for the time you set.',
  },
  'end-own': {
    title: 'Let people swap their own session',
    does: 'Shows the person their other sessions in this licence and lets them give one up to come in here.',
  },
  displace: {
    title: 'Replace their own session',
    does: 'Ends one of the person’s own sessions without asking; its browser is told that they signed in elsewhere.',
  },
  overage: {
    title: 'Lend seats over the limit',
    does: 'Lets a few more people in than there are seats, on a limited number of days in any 365.',
  },
};

/** The name of a step, whatever its settings. */
export function nameOfStep(step: Step): StepName {
  return typeof step === 'string' ? step : step.step;
}

/** A step as it is when it is added to a chain. */
export function newStep(name: StepName): Step {
  switch (name) {
    case 'end-own':
      return 'end-own';
    case 'reclaim-idle':
      return { step: 'reclaim-idle', idleMinutes: 20 };
    case 'displace':
      return { step: 'displace', which: 'oldest' };
    case 'overage':
      return { step: 'overage', seats: 2, daysPerYear: 10 };
  }
}

/** A step in a few words, as it stands in a sentence about the chain. */
function stepInShort(step: Step): string {
  if (step === 'end-own') return 'offer them a swap with one of their own sessions';
  switch (step.step) {
    case 'reclaim-idle':
      return `end a session idle for over ${minutes(step.idleMinutes)}`;
    case 'displace':
      return `end their own ${step.which === 'oldest' ? 'oldest' : 'least used'} session`;
    case 'overage':
      return `lend up to ${plural(step.seats, 'more seat')} on ${plural(step.daysPerYear, 'day')} a year`;
  }
}

/** A policy in one sentence: what happens when the licence is full. */
export function policyInShort({ whenFull }: Policy): string {
  const steps = stepsOf(whenFull).map(stepInShort);
  if (steps.length === 0) return 'Refuse the next person.';
  const chain = [...steps, 'refuse'].join('; else ');
  return `${chain.charAt(0).toUpperCase()}${chain.slice(1)}.`;
}

/** The steps of a chain without the refusal at its end. */
export function stepsOf(chain: readonly FullStep[]): Step[] {
  return chain.filter((step): step is Step => step !== 'refuse');
}

/** A length of time in minutes, as people say it: "20 minutes", "1 hour 30 minutes", "2 days". */
export function minutes(count: number): string {
  const days = Math.floor(count / 1440);
  const hours = Math.floor((count % 1440) / 60);
  const rest = count % 60;
  const parts = [
    ...(days > 0 ? [plural(days, 'day')] : []),
    ...(hours > 0 ? [plural(hours, 'hour')] : []),
    ...(rest > 0 || count === 0 ? [plural(rest, 'minute')] : []),
  ];
  return parts.join(' ');
}

/** What is wrong with a chain, by the index of its step: those that would be tried after what leaves nothing to choose. */
export function faultsOfChain(chain: readonly FullStep[]): ReadonlyMap<number, string> {
  const names = chain.map((step) => (step === 'refuse' ? step : nameOfStep(step)));
  const faults = new Map<number, string>();
  names.forEach((name, index) => {
    if (name === 'end-own' && names.slice(0, index).includes('displace')) {
      faults.set(index, 'Move this above “Replace their own session”, which leaves nothing to choose.');
    }
  });
  return faults;
}

/** A policy as the server takes it: the refusal last, and nothing that was not chosen. */
export function tidyPolicy({ whenFull, maxSessionsPerUser, notifyOwner, secondFactor }: Policy): Policy {
  return {
    whenFull: [...stepsOf(whenFull), 'refuse'],
    ...(maxSessionsPerUser !== undefined && { maxSessionsPerUser }),
    ...(notifyOwner === true && { notifyOwner }),
    ...(secondFactor === 'required' && { secondFactor }),
  };
}

import { count, plural } from '../../kit/words.js';
import { minutes, type Policy, type Step, stepsOf } from './policy-words.js';

/** What is tried for somebody, in order: `outcome` happens when `when` holds, and nothing after it is tried. */
export interface PreviewStep {
  readonly when: string;
  readonly outcome: string;
}

/** Somebody who comes when the licence is full, and what would become of them. */
export interface PreviewCase {
  readonly who: string;
  readonly steps: readonly PreviewStep[];
  readonly last: string;
}

/** What a policy would do, case by case. `seats` is the limit it is asked for. */
export function previewOf(policy: Policy, seats: number): PreviewCase[] {
  const steps = stepsOf(policy.whenFull);
  const most = policy.maxSessionsPerUser;
  const next = seats + 1;
  const nobody = seats === 0 ? 'The first person' : `The ${ordinal(next)} person`;
  const cases: PreviewCase[] = [
    {
      who: `${nobody}, with no session of their own here,`,
      steps: steps.flatMap((step) => forStranger(step, seats)),
      last: refusal(seats),
    },
  ];
  if (seats === 0) return cases;
  // Whoever sits here already is another case only where their own sessions count, and where they may have a second one.
  const own = steps.some((step) => step === 'end-own' || step.step === 'displace');
  if (most !== 1 && own) {
    cases.push({
      who: `Somebody who already sits here, on another device, with all ${plural(seats, 'seat')} taken,`,
      steps: steps.flatMap((step) => forInsider(step, seats)),
      last: refusal(seats),
    });
  }
  if (most !== undefined) {
    cases.push({
      who: `Somebody with ${plural(most, 'session')} here already, even while seats are free,`,
      steps: steps.flatMap(forTheirOwn),
      last: `is refused, and told that one person may have ${plural(most, 'session')} here.`,
    });
  }
  return cases;
}

function refusal(seats: number): string {
  return seats === 0
    ? 'is refused: this licence has no seats.'
    : 'is refused, and told when the next seat is expected to be free. They can wait for it without signing in again.';
}

function forStranger(step: Step, seats: number): PreviewStep[] {
  if (step === 'end-own' || step.step === 'displace') return [];
  return forAnybody(step, seats);
}

function forInsider(step: Step, seats: number): PreviewStep[] {
  if (step === 'end-own' || step.step === 'displace') return forTheirOwn(step);
  return forAnybody(step, seats);
}

function forAnybody(step: Exclude<Step, 'end-own' | { step: 'displace' }>, seats: number): PreviewStep[] {
  // A licence without seats is for nobody, not for a few.
  if (seats === 0) return [];
  if (step.step === 'reclaim-idle') {
    return [
      {
        when: `If somebody’s session has been idle for over ${minutes(step.idleMinutes)}`,
        outcome: 'gets in: the session idle for longest is ended.',
      },
    ];
  }
  return [
    {
      when: `If fewer than ${plural(seats + step.seats, 'session')} are open, on the first ${plural(step.daysPerYear, 'day')} of this kind in a year`,
      outcome: `gets in on a seat over the limit (at most ${count(step.seats)}).`,
    },
  ];
}

function forTheirOwn(step: Step): PreviewStep[] {
  if (step === 'end-own') {
    return [{ when: 'If they agree to give up one of their own sessions', outcome: 'gets in, and that session ends.' }];
  }
  if (step.step !== 'displace') return [];
  const which = step.which === 'oldest' ? 'oldest session' : 'session they used least recently';
  return [{ when: 'Without being asked', outcome: `gets in: their own ${which} ends.` }];
}

/** A number as an ordinal: 1st, 2nd, 3rd, 11th, 51st. */
export function ordinal(place: number): string {
  const tens = place % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${count(place)}${suffix}`;
}

/** What the server finds when it is asked what a policy would do now. Steps of other kinds say nothing about this moment. */
export interface PolicyNow {
  readonly seats: number;
  readonly used: number;
  readonly steps: readonly {
    readonly kind: string;
    readonly idleMinutes?: number;
    readonly now?: { readonly count: number };
    readonly daysUsed?: number;
    readonly daysLeft?: number;
  }[];
}

/** What a policy finds at this moment, in sentences. */
export function nowInWords({ seats, used, steps }: PolicyNow): string[] {
  const free = Math.max(0, seats - used);
  const words = [
    free === 0 ? 'Every seat is taken.' : `${plural(free, 'seat is', 'seats are')} free: nothing has to be tried.`,
  ];
  for (const { kind, idleMinutes = 0, now, daysUsed = 0, daysLeft = 0 } of steps) {
    if (kind === 'reclaim-idle' && now !== undefined) {
      const some = now.count === 0 ? 'No session has' : plural(now.count, 'session has', 'sessions have');
      words.push(`${some} been idle for over ${minutes(idleMinutes)}.`);
    }
    if (kind === 'overage') {
      words.push(
        `${plural(daysLeft, 'day')} of lending ${daysLeft === 1 ? 'is' : 'are'} left (${plural(daysUsed, 'day')} used in the last 365).`,
      );
    }
  }
  return words;
}

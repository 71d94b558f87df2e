import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Ended } from '../../../../client/api.js';
import { UsherProblem } from '../../../../client/problem.js';
import { house } from '../../house.js';
import { type Step, useStep } from '../../kit/step.js';
import { returnTo, wantsAnotherAccount } from '../../return-to.js';
import { usher } from '../../usher.js';
import { type Answer, comeBack, type Inside, type Wish, whoIsThere } from './door.js';

/** Tries the same way in again, with what was asked for. */
export type Again = (wish: Wish) => Promise<Answer>;

/** Why somebody is back at the beginning. */
export type Why =
  | { readonly kind: 'ended'; readonly ended: Ended }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'signed-out' };

/** How far somebody has come. */
export type Stage =
  | { readonly kind: 'looking' }
  | { readonly kind: 'begin'; readonly why: Why | null; readonly mayComeBack: boolean }
  | Exclude<Answer, { kind: 'inside' | 'choice' }>
  | (Extract<Answer, { kind: 'choice' }> & { readonly again: Again })
  /** `switches`: came to sign in with another account. */
  | { readonly kind: 'inside'; readonly view: Inside; readonly switches?: boolean };

/** The way in: how far it has been gone, and what takes it further. */
export interface Way {
  readonly stage: Stage;
  readonly step: Step;
  /** Goes through the door, with all that it may ask. */
  readonly go: (knock: Again) => Promise<void>;
  readonly begin: (why?: Why | null) => void;
  /** Forgets who is signed in. */
  readonly leave: (why: Why | null) => Promise<void>;
}

const beginning = { kind: 'begin', why: null, mayComeBack: false } as const;

/** Leads somebody in. Whoever is signed in already, or comes back by themselves, need not begin. */
export function useWay(): Way {
  const known = house.visitor.session || house.visitor.remembered;
  const [stage, setStage] = useState<Stage>(known ? { kind: 'looking' } : { ...beginning, why: whyOfAddress() });
  const step = useStep();
  const now = useRef(stage);
  now.current = stage;

  const go = useCallback(async (knock: Again) => {
    const take = async (answer: Answer): Promise<void> => {
      if (answer.kind === 'inside') return enter(answer.view, setStage);
      setStage(answer.kind === 'choice' ? { ...answer, again: knock } : answer);
    };
    await take(await knock({}));
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is opened.
  useEffect(() => {
    if (known) void step.run(() => look(setStage, go));
    return usher.subscribe(() => follow(now.current, setStage));
  }, []);

  return {
    stage,
    step,
    go,
    begin(why = null) {
      step.clear();
      setStage({ ...beginning, why });
    },
    async leave(why) {
      await usher.signOut();
      setStage({ ...beginning, why });
    },
  };
}

/** What the address says, for a page that has sent somebody here. Only in our own words. */
function whyOfAddress(): Why | null {
  const reason = new URLSearchParams(location.search).get('reason');
  return reason === null ? null : { kind: 'ended', ended: { reason: reason as Ended['reason'], resumable: false } };
}

async function look(setStage: (stage: Stage) => void, go: Way['go']): Promise<void> {
  const found = house.visitor.session ? await whoIsThere() : null;
  const switches = wantsAnotherAccount();
  if (found && 'user' in found) return switches ? stay({ view: found, switches }, setStage) : enter(found, setStage);
  const why: Why | null = found ? { kind: 'ended', ended: found } : whyOfAddress();
  if (!house.visitor.remembered) return setStage({ ...beginning, why });
  if (switches) return setStage({ ...beginning, why, mayComeBack: true });
  try {
    await go((wish) => comeBack(wish));
  } catch (error) {
    const slug = error instanceof UsherProblem ? error.slug : null;
    if (slug === 'busy' || slug === 'store-unavailable') throw error;
    const ended = slug === 'session-ended' ? ((error as UsherProblem).body as unknown as Ended) : null;
    setStage({ ...beginning, why: why ?? (ended && { kind: 'ended', ended }), mayComeBack: ended !== null });
    if (ended === null && slug !== 'not-signed-in') throw error;
  }
}

function enter(view: Inside, setStage: (stage: Stage) => void): void {
  const on = returnTo();
  if (on !== null && view.recoveryCodesLeft === undefined) {
    location.replace(on);
    return;
  }
  stay({ view }, setStage);
}

function stay(inside: Omit<Extract<Stage, { kind: 'inside' }>, 'kind'>, setStage: (stage: Stage) => void): void {
  setStage({ kind: 'inside', ...inside });
  // Other tabs learn of it, and this one learns when it is over.
  void usher.start().catch(() => {});
}

/** What other tabs and the server say. */
function follow(stage: Stage, setStage: (stage: Stage) => void): void {
  const { session, ended } = usher.state();
  if (stage.kind === 'inside' && session === null) setStage({ ...beginning, why: ended && { kind: 'ended', ended } });
  if (stage.kind === 'begin' && session !== null) enter(session, setStage);
}

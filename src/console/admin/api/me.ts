import { useSuspenseQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { SessionView } from '../../../client/api.js';
import { ask, sendToken } from './ask.js';
import { ApiProblem } from './problem.js';

/** What somebody may see of licences: all of them, or those they manage. */
export interface Scope {
  readonly all: boolean;
  readonly licences: readonly { readonly id: string; readonly name: string }[];
  readonly owners: readonly { readonly id: string; readonly name: string }[];
}

/** Who is signed in, and what they may do. */
export interface Me {
  readonly user: SessionView['user'];
  readonly session: SessionView['session'];
  /** Null: neither staff nor somebody who manages a licence. */
  readonly scope: Scope | null;
  /** Whether they are no staff and manage licences. */
  readonly managesOnly: boolean;
  can(permission: string): boolean;
}

/** Reads who is signed in. Suspends until it is known. */
export function useSignedIn(): Me {
  const { data } = useSuspenseQuery<Me, ApiProblem>({ queryKey: ['me'], queryFn: readMe, staleTime: Infinity });
  return data;
}

async function readMe(): Promise<Me> {
  const view = await ask<SessionView>('GET', '/auth/session');
  sendToken(view.csrfToken);
  const scope = await ask<Scope>('GET', '/admin/api/scope').catch((error: unknown) => {
    if (error instanceof ApiProblem && error.status === 403) return null;
    throw error;
  });
  const permissions = new Set(view.user.permissions);
  return {
    user: view.user,
    session: view.session,
    scope,
    managesOnly: scope !== null && !scope.all,
    can: (permission) => permissions.has(permission),
  };
}

/** Holds who is signed in for everything below the shell. */
export const MeContext = createContext<Me | null>(null);

/** Who is signed in. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (me === null) throw new Error('useMe is for what is inside the shell');
  return me;
}

import type { Ended } from 'usher/client';

/** Why a session has ended, in a few words and in a sentence. One for each reason there is: the build fails without. */
export const reasons: Readonly<Record<Ended['reason'], readonly [title: string, sentence: string]>> = {
  'signed-out': ['You have signed out', 'Your seat is free for somebody else.'],
  idle: [
    'You were away for a while',
    'The session ended because nothing was done, and somebody else may have the seat.',
  ],
  lifetime: ['The session has reached its end', 'Every session ends at some time, however busy it is.'],
  'ended-by-staff': ['Staff have ended your session', 'You can sign in again unless they say otherwise.'],
  'ended-by-user': ['You ended this session', 'That was done from another of your devices.'],
  displaced: ['Your seat has been given up', 'You, or somebody the licence lets in first, sat down elsewhere.'],
  'user-agent': ['This session was used by another browser', 'It was ended to protect you.'],
  'licence-suspended': ['The licence is suspended', 'Ask whoever looks after the licence of your institute.'],
  'licence-expired': ['The licence has expired', 'Ask whoever looks after the licence of your institute.'],
  'member-removed': ['You are no member of this licence any more', 'Ask whoever looks after it.'],
  'account-disabled': ['Your account is disabled', 'Ask whoever looks after the accounts of your institute.'],
  'credentials-changed': ['Your password has changed', 'So every session has ended: sign in with the new one.'],
  'role-changed': ['Your rights have changed', 'Sign in again to go on with the new ones.'],
};

import { describe, expect, it } from '@jest/globals';
import { auditActions } from '../../src/audit/audit-log.js';
import type { AuditEntry } from '../../src/console/admin/pages/audit/entry.js';
import {
  actionInWords,
  sentenceOf,
  sentenceText,
  wordedActions,
} from '../../src/console/admin/pages/audit/sentences.js';

const ada = '018f0000-0000-7000-8000-0000000000a1';
const ben = '018f0000-0000-7000-8000-0000000000b2';
const optics = '018f0000-0000-7000-8000-0000000000c3';

/** A line of the log in which Ada, who is staff, does something to the licence Optics. */
function line(action: string, rest: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: '1',
    at: '2026-03-01T10:00:00.000Z',
    action,
    actor: { kind: 'person', id: ada, email: 'ada@example.org', name: 'Ada' },
    target: { type: 'licence', id: optics, name: 'Optics' },
    detail: null,
    names: { [ben]: 'Ben' },
    requestId: null,
    ip: null,
    ...rest,
  };
}

const onBen = { target: { type: 'user', id: ben, name: 'Ben' } };
const byBen = { actor: { kind: 'person' as const, id: ben, email: 'ben@example.org', name: 'Ben' } };

describe('the sentences of the audit log', () => {
  it('has one for each action there is, and for no other', () => {
    expect([...wordedActions].sort()).toEqual([...auditActions].sort());
  });

  it.each(auditActions.map((action) => [action]))('tells of %s with and without what goes with it', (action) => {
    for (const detail of [null, { userId: ben, email: 'ben@example.org', seats: 3, reason: 'ended-by-staff' }]) {
      const told = sentenceText(line(action, { detail, names: {} }));
      expect(told).toMatch(/^(?:[A-Z“]|ben@).*[^ .]\.$/);
      expect(told).not.toMatch(/undefined|null|\[object|NaN| {2}/);
    }
    expect(actionInWords(action)).toMatch(/^[A-Z][a-z ]+: [a-z ]+$/);
  });

  it.each([
    [
      'a changed field',
      line('licence.updated', { detail: { seats: { from: 10, to: 20 } } }),
      'Ada changed the licence “Optics”: seats from 10 to 20.',
    ],
    [
      'a person by name',
      line('member.added', { detail: { userId: ben } }),
      'Ada made Ben a member of the licence “Optics”.',
    ],
    [
      'a person who is gone',
      line('member.removed', { detail: { userId: ben }, names: {} }),
      'Ada removed account 018f0000… from the licence “Optics”.',
    ],
    [
      'what somebody did to themselves',
      line('user.credentials-changed', { ...onBen, ...byBen, detail: { kind: 'password-changed' } }),
      'Ben changed their own password.',
    ],
    [
      'what staff did to somebody',
      line('user.credentials-changed', { ...onBen, detail: { kind: 'factor-removed', about: 'Phone' } }),
      'Ada removed a second factor of Ben (Phone).',
    ],
    [
      'what the server did',
      line('licence.full', { actor: { kind: 'system', id: null, email: null }, detail: { used: 10, limit: 10 } }),
      'The licence “Optics” was full: 10 of 10 seats were taken.',
    ],
    [
      'work on the command line',
      line('user.disabled', {
        ...onBen,
        actor: { kind: 'system', id: null, email: null },
        detail: { operator: 'root' },
      }),
      'root (at the command line) disabled the account Ben; its sessions ended.',
    ],
    [
      'a session that was ended, with its message',
      line('session.ended', {
        target: { type: 'session', id: 'a.b' },
        detail: { reason: 'ended-by-staff', message: 'Back soon', userId: ben, licenceId: null },
      }),
      'Ada ended a session of Ben as staff, saying “Back soon”.',
    ],
    [
      'draining',
      line('licence.suspended', { detail: { state: { from: 'active', to: 'draining' } } }),
      'Ada closed the licence “Optics” to newcomers; whoever sat there could stay.',
    ],
    ['an action it has no words for', line('moon.landed'), 'Ada: moon.landed (“Optics”).'],
  ])('tells of %s', (_what, entry, told) => {
    expect(sentenceText(entry)).toBe(told);
  });

  it('leads from each name to its page, and nowhere from what is gone', () => {
    const linked = sentenceOf(line('member.added', { detail: { userId: ben } })).filter(
      (piece) => typeof piece !== 'string',
    );
    expect(linked.map(({ to }) => to)).toEqual([`/people/${ada}`, `/people/${ben}`, `/licences/${optics}`]);
    const gone = sentenceOf(
      line('licence.deleted', { target: { type: 'licence', id: optics, name: null }, detail: { name: 'Optics' } }),
    );
    expect(gone.filter((piece) => typeof piece !== 'string' && piece.to !== `/people/${ada}`)).toEqual([]);
  });
});

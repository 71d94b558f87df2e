import { describe, expect, it } from '@jest/globals';
import { grants } from '../../src/access/grants.js';
import { permissions } from '../../src/access/permissions.js';
import { appRoleName, askedPermission, grantedPermission, roleName } from '../../src/access/role-forms.js';
import { roleNames } from '../../src/access/roles.js';

const held = (...names: string[]) => new Set(names);

describe('what is held', () => {
  it('grants what it names, and nothing else', () => {
    expect(grants(held('report:read'), 'report:read')).toBe(true);
    expect(grants(held('report:read'), 'report:write')).toBe(false);
    expect(grants(held('report:read'), 'reports:read')).toBe(false);
    expect(grants(held(), 'report:read')).toBe(false);
  });

  it('grants by a wildcard every action of that resource, or of all', () => {
    expect(grants(held('report:*'), 'report:read')).toBe(true);
    expect(grants(held('report:*'), 'report-archive:read')).toBe(false);
    expect(grants(held('*:*'), 'anything:at-all')).toBe(true);
  });

  it('grants no wildcard, even where the same one is held', () => {
    for (const asked of ['report:*', '*:*', '*', '*:read', 'report:re*']) {
      expect(grants(held('report:*', '*:*', '*', 'report:read'), asked)).toBe(false);
    }
  });

  it("grants none of Usher's own permissions by a wildcard of an application (ASVS 8.2.1)", () => {
    for (const own of Object.keys(permissions)) expect(grants(held('*:*', 'user:*', 'staff:*'), own)).toBe(false);
    expect(grants(held('user.read'), 'user.read')).toBe(true);
  });
});

describe('the forms of names', () => {
  it("keep the roles of applications apart from Usher's own", () => {
    for (const own of roleNames) expect(appRoleName.safeParse(own).success).toBe(false);
    for (const name of ['exams:editor', 'a:b', 'exam-2:vice-editor']) {
      expect(appRoleName.safeParse(name).success).toBe(true);
      expect(roleName.safeParse(name).success).toBe(true);
    }
    const bad = [
      '',
      'editor',
      'Exams:editor',
      'exams:',
      ':editor',
      'exams:*',
      'a:b:c',
      'a:-b',
      'a:b-',
      'a:b--c',
      'a:b\n',
    ];
    for (const name of [...bad, `a:${'b'.repeat(63)}`]) expect(appRoleName.safeParse(name).success).toBe(false);
  });

  it('let wildcards be granted and never be asked', () => {
    for (const name of ['report:*', '*:*']) {
      expect(grantedPermission.safeParse(name).success).toBe(true);
      expect(askedPermission.safeParse(name).success).toBe(false);
    }
    for (const name of ['*:read', '*', 'report:re*', 'user.read', 'report']) {
      expect(grantedPermission.safeParse(name).success).toBe(false);
    }
    expect(askedPermission.safeParse('report:read').success).toBe(true);
    expect(askedPermission.safeParse('user.read').success).toBe(true);
    for (const name of ['user.reed', 'toString', '__proto__']) {
      expect(askedPermission.safeParse(name).success).toBe(false);
    }
  });
});

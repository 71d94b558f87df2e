import { describe, expect, it } from '@jest/globals';
import { permissions } from '../../src/access/permissions.js';
import { isStaff, permissionsOf, roleNames, roles } from '../../src/access/roles.js';

describe('roles', () => {
  it('are user, staff and admin', () => {
    expect([...roleNames].sort()).toEqual(['admin', 'staff', 'user']);
  });

  it('grant a user nothing that needs a permission', () => {
    expect(permissionsOf(['user'])).toEqual([]);
    expect(isStaff(['user'])).toBe(false);
  });

  it('let an admin do everything and staff everything but decide who is staff', () => {
    const all = Object.keys(permissions).sort();
    expect(permissionsOf(['admin'])).toEqual(all);
    expect(permissionsOf(['staff'])).toEqual(all.filter((permission) => permission !== 'staff.write'));
    expect(isStaff(['staff']) && isStaff(['admin'])).toBe(true);
  });

  it('add up, each permission once, in order', () => {
    expect(permissionsOf(['user', 'staff', 'staff', 'admin'])).toEqual(permissionsOf(['admin']));
  });

  it.each(['', 'root', 'ADMIN', 'constructor', '__proto__', 'toString'])(
    'grant nothing under the unknown name %j',
    (name) => {
      expect(permissionsOf([name])).toEqual([]);
      expect(isStaff([name])).toBe(false);
    },
  );

  it('grant only what is on the closed list', () => {
    for (const granted of Object.values(roles)) {
      for (const permission of granted) expect(permissions).toHaveProperty([permission]);
    }
  });
});

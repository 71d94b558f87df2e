import { randomBytes } from 'node:crypto';
import type { Role } from '../../src/access/roles.js';
import { Guest } from './guest.js';

/** The password of everybody who was made here. */
export const password = 'correct horse battery';

/** An account as its maker knows it. */
export interface Account {
  readonly id: string;
  readonly email: string;
  /** What signs it in. */
  readonly login: { readonly identifier: string; readonly password: string };
}

/** An institute with one of everything that a route can be asked about. */
export interface Institute {
  /** Holds the licence. */
  readonly ownerId: string;
  /** Holds nothing. */
  readonly bareOwnerId: string;
  readonly licenceId: string;
  readonly serial: string;
  /** A member of the licence. */
  readonly member: Account;
  /** A member of no licence. */
  readonly outsider: Account;
  /** Manages the licence, and its owner's others; a member of none. */
  readonly chief: Account;
}

/** Makes owners, licences and accounts as staff make them: through the server. */
export class World {
  constructor(readonly root: Guest) {}

  async account(roles: readonly Role[] = ['user']): Promise<Account> {
    const email = `${randomBytes(8).toString('hex')}@example.org`;
    const { id } = await this.root.must(201, 'POST', '/admin/api/users', { email, password, roles });
    return { id, email, login: { identifier: email, password } };
  }

  async owner(): Promise<string> {
    return (await this.root.must(201, 'POST', '/admin/api/owners', { name: 'Institute' })).id;
  }

  /** A licence of a new owner. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  async licence(over: Readonly<Record<string, unknown>> = {}): Promise<any> {
    const ownerId = await this.owner();
    return this.root.must(201, 'POST', '/admin/api/licences', { ownerId, name: 'Licence', seats: 10, ...over });
  }

  async join(licenceId: string, { id }: Account): Promise<void> {
    await this.root.must(201, 'POST', `/admin/api/licences/${licenceId}/members`, { userId: id });
  }

  /** Makes somebody a manager of `licences/<id>` or `owners/<id>`. */
  async appoint(post: string, { id }: Account): Promise<void> {
    await this.root.must(201, 'POST', `/admin/api/${post}/managers`, { userId: id });
  }

  /** Its licence has an end, as one without cannot be renewed. */
  async institute(over: Readonly<Record<string, unknown>> = {}): Promise<Institute> {
    const [licence, bareOwnerId, member, outsider, chief] = await Promise.all([
      this.licence({ validTo: '9000-01-01T00:00:00Z', ...over }),
      this.owner(),
      this.account(),
      this.account(),
      this.account(),
    ]);
    await this.join(licence.id, member);
    await this.appoint(`licences/${licence.id}`, chief);
    await this.appoint(`owners/${licence.owner.id}`, chief);
    const { id: licenceId, serial, owner } = licence;
    return { ownerId: owner.id, bareOwnerId, licenceId, serial, member, outsider, chief };
  }

  /** Signs somebody in: in a browser, unless the body asks for a bearer. */
  enter({ login }: Account, over: Readonly<Record<string, unknown>> = {}): Promise<Guest> {
    return Guest.nobody(this.root.client).signIn({ ...login, ...over });
  }

  /** Somebody with one of the staff roles, signed in. */
  async staff(role: Role, delivery: 'cookie' | 'bearer' = 'cookie'): Promise<Guest> {
    return this.enter(await this.account([role]), { delivery });
  }
}

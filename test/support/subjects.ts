import assert from 'node:assert/strict';
import { Authenticator } from './authenticator.js';
import { appCode } from './authenticator-app.js';
import { Guest } from './guest.js';
import { noInvitation, noToken, type Subject } from './route-calls.js';
import { testSettings, type WholeServer } from './whole-server.js';
import type { Institute } from './world.js';

/** What a route needs beside an institute. */
export interface Wanted {
  readonly invited?: boolean;
  readonly waiting?: boolean;
  readonly enrolled?: boolean;
}

/** Institutes nobody has changed yet, for calls of every route. */
export class Subjects {
  constructor(private readonly server: WholeServer) {}

  /** One whose member is signed in twice. */
  async one({ invited, waiting, enrolled }: Wanted = {}): Promise<{ subject: Subject; member: Guest }> {
    const { world } = this.server;
    const institute = await world.institute();
    const other = await world.enter(institute.member, { delivery: 'bearer' });
    const member = await world.enter(institute.member, { remember: true });
    const [remembered] = (await member.must(200, 'GET', '/auth/browsers')).items;
    return {
      subject: {
        ...institute,
        ref: other.view.session.ref,
        token: noToken,
        ticket: waiting ? await this.#ticket() : noToken,
        invitation: invited ? await this.#invitationTo(institute) : noInvitation,
        browserId: remembered.id,
        ...(enrolled ? { factors: await factorsOf(member) } : {}),
      },
      member,
    };
  }

  /** The ticket of somebody who waited for a seat that is free now. */
  async #ticket(): Promise<string> {
    const { member } = await this.server.world.institute({ seats: 1 });
    const inside = await this.server.world.enter(member);
    const answer = await this.server.nobody.trySignIn(member.login);
    assert.ok(!(answer instanceof Guest));
    await inside.must(204, 'POST', '/auth/logout', {});
    return answer.json.ticket;
  }

  /** An invitation of somebody nobody knows, and what was sent with it. */
  async #invitationTo({ licenceId, outsider }: Institute): Promise<Subject['invitation']> {
    const email = `guest-${outsider.email}`;
    const path = `/admin/api/licences/${licenceId}/invitations`;
    await this.server.world.root.must(200, 'POST', path, { emails: [email] });
    const { items } = await this.server.world.root.must(200, 'GET', path);
    const [token = ''] = await this.server.letters.invitations(email);
    return { id: items[0].id, token };
  }
}

/** What somebody has enrolled and begun to enrol. */
async function factorsOf(member: Guest): Promise<NonNullable<Subject['factors']>> {
  const { id } = await member.must(201, 'POST', '/auth/factors/email');
  const app = await member.must(201, 'POST', '/auth/factors/totp', {});
  const { token, options } = await member.must(200, 'POST', '/auth/factors/passkeys/options');
  const response = new Authenticator(testSettings.PUBLIC_URL).create(options);
  return { id, app: { id: app.id, code: await appCode(app.secret) }, passkey: { token, response } };
}

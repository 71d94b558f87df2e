import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { registrationResponse } from '../../src/factors/passkey-forms.js';
import type { Actor } from '../../src/kernel/actor.js';
import type { UserId } from '../../src/kernel/ids.js';
import { Authenticator, type Manner } from '../support/authenticator.js';
import { FactorsLab, publicUrl } from '../support/factors-lab.js';

let lab: FactorsLab;

beforeAll(async () => {
  lab = await FactorsLab.open();
}, 60_000);

afterAll(() => lab?.stop());

/** What is sent for a passkey that was begun. */
async function enrol(actor: Actor, key: Authenticator, manner: Manner = {}) {
  const { token, options } = await lab.enrolment.startPasskey(actor);
  const response = registrationResponse.parse(key.create(options, manner));
  return lab.enrolment.addPasskey(actor, lab.caller(), { token, name: 'Key', response });
}

/** Somebody with a passkey. */
async function holder(manner: Manner = {}) {
  const somebody = await lab.somebody();
  const key = new Authenticator(publicUrl);
  const { result } = await enrol(somebody.actor, key, manner);
  return { ...somebody, key, factor: result };
}

// biome-ignore lint/suspicious/noExplicitAny: options are looked into as they are sent.
type Options = any;

/** Options for a challenge of this user, and the challenge. */
async function asked(id: UserId): Promise<{ options: Options; challenge: { id: string; secret: string } }> {
  const challenge = await lab.challenge(id);
  const begun = await lab.factors.begin(await lab.user(id), challenge, 'passkey');
  assert.ok(begun !== null);
  return { options: begun['options'], challenge };
}

const answer = async (id: UserId, challenge: { id: string; secret: string }, response: unknown) =>
  lab.answer(id, { method: 'passkey', response }, challenge);

/** A sign-in with a passkey alone. */
async function alone(key: Authenticator, manner: Manner = {}) {
  const { token, options } = await lab.factors.passkeyOptions();
  return lab.factors.verifyPasskey(token, key.get(options, manner));
}

describe('a passkey', () => {
  it('is made for the host of PUBLIC_URL and this user, and not twice on one authenticator (ASVS 6.7.2)', async () => {
    const { id, actor, key, factor } = await holder();
    expect(factor).toMatchObject({ kind: 'passkey', name: 'Key', backupEligible: false, backedUp: false });
    const { options } = (await lab.enrolment.startPasskey(actor)) as { options: Options };
    expect(options).toMatchObject({
      rp: { id: 'localhost' },
      attestation: 'none',
      excludeCredentials: [{ id: key.id.toString('base64url') }],
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    });
    expect(Buffer.from(options.challenge, 'base64url').length).toBeGreaterThanOrEqual(16);
    expect(Buffer.from(options.user.id, 'base64url').toString()).toBe(id);
    await expect(enrol(actor, key)).rejects.toMatchObject({ slug: 'already-exists' });
    const other = await lab.somebody();
    await expect(enrol(other.actor, key)).rejects.toMatchObject({ slug: 'already-exists' });
    expect((await lab.service.list(other.id)).held.confirmed).toEqual([]);
  });

  it('is not enrolled from another origin, for another host, for somebody else, or with a token that was used', async () => {
    const { id, actor } = await lab.somebody();
    const other = await lab.somebody();
    const refused = { slug: 'invalid-code' };
    await expect(enrol(actor, new Authenticator(publicUrl), { origin: 'http://evil.test' })).rejects.toMatchObject(
      refused,
    );
    await expect(enrol(actor, new Authenticator(publicUrl), { host: 'evil.test' })).rejects.toMatchObject(refused);
    const { token, options } = await lab.enrolment.startPasskey(other.actor);
    const response = registrationResponse.parse(new Authenticator(publicUrl).create(options));
    const given = { token, name: 'Key', response };
    await expect(lab.enrolment.addPasskey(actor, lab.caller(), given)).rejects.toMatchObject(refused);
    await expect(lab.enrolment.addPasskey(other.actor, lab.caller(), given)).rejects.toMatchObject(refused);
    expect((await lab.service.list(id)).held.confirmed).toEqual([]);
  });

  it('is not enrolled later than five minutes after it was begun', async () => {
    const { actor } = await lab.somebody();
    const { token, options } = await lab.enrolment.startPasskey(actor);
    const response = registrationResponse.parse(new Authenticator(publicUrl).create(options));
    lab.pass(301);
    await expect(lab.enrolment.addPasskey(actor, lab.caller(), { token, name: 'Key', response })).rejects.toMatchObject(
      {
        slug: 'invalid-code',
      },
    );
  });
});

describe('a passkey as second factor', () => {
  it('answers its challenge once, and proves two factors (ASVS 6.3.3)', async () => {
    const { id, key } = await holder();
    expect(await lab.factors.methodsFor(await lab.user(id), undefined)).toEqual(['passkey']);
    const { options, challenge } = await asked(id);
    expect(options).toMatchObject({ rpId: 'localhost', allowCredentials: [{ id: key.id.toString('base64url') }] });
    const response = key.get(options, { verified: false });
    const answers = await Promise.all(Array.from({ length: 50 }, () => answer(id, challenge, response)));
    expect(answers.filter((proof) => proof !== null)).toEqual([{ amr: ['pwd', 'hwk', 'user', 'mfa'], aal: 2 }]);
  });

  it('says that its key is no hardware key when it may be copied', async () => {
    const { id, key } = await holder({ copied: true });
    const { options, challenge } = await asked(id);
    const proof = await answer(id, challenge, key.get(options, { copied: true }));
    expect(proof?.amr).toEqual(['pwd', 'swk', 'user', 'mfa']);
  });

  it('is refused from another origin, for another challenge, by another key, and for another person', async () => {
    const { id, key } = await holder();
    const other = await holder();
    const wrongs: ((options: Options) => unknown)[] = [
      (options) => key.get(options, { origin: 'http://evil.test' }),
      (options) => key.get(options, { host: 'evil.test' }),
      () => key.get({ challenge: Buffer.alloc(32, 7).toString('base64url') }),
      (options) => other.key.get(options),
      (options) => ({ ...other.key.get(options), id: key.id.toString('base64url') }),
      (options) => key.get(options, { userHandle: other.key.userHandle ?? '' }),
      () => ({ id: 'nothing' }),
      () => null,
    ];
    for (const wrong of wrongs) {
      const { options, challenge } = await asked(id);
      expect(await answer(id, challenge, wrong(options))).toBeNull();
      // The options were used up by the wrong answer.
      expect(await answer(id, challenge, key.get(options))).toBeNull();
    }
    const { options, challenge } = await asked(id);
    expect(await answer(id, challenge, key.get(options))).not.toBeNull();
  });
});

describe('a passkey alone', () => {
  it('signs in somebody who is not named, with two factors in one', async () => {
    const { id, key } = await holder();
    const { options } = (await lab.factors.passkeyOptions()) as { options: Options };
    expect(options).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
    expect(options.allowCredentials ?? []).toEqual([]);
    expect(await alone(key)).toEqual({ userId: id, proof: { amr: ['hwk', 'user', 'mfa'], aal: 2 } });
  });

  it('must have verified its holder', async () => {
    const { key } = await holder();
    expect(await alone(key, { verified: false })).toBeNull();
  });

  it('is good once for its token, of 50 at once, and within five minutes', async () => {
    const { key } = await holder();
    const { token, options } = await lab.factors.passkeyOptions();
    const response = key.get(options);
    const all = await Promise.all(Array.from({ length: 50 }, () => lab.factors.verifyPasskey(token, response)));
    expect(all.filter((one) => one !== null)).toHaveLength(1);
    const late = await lab.factors.passkeyOptions();
    lab.pass(301);
    expect(await lab.factors.verifyPasskey(late.token, key.get(late.options))).toBeNull();
  });

  it('is refused when its counter does not rise: it has been copied', async () => {
    const { key, id } = await holder({ counter: 5 });
    expect(await alone(key, { counter: 6 })).not.toBeNull();
    expect(await alone(key, { counter: 6 })).toBeNull();
    expect(await alone(key, { counter: 4 })).toBeNull();
    expect(await alone(key, { counter: 0 })).toBeNull();
    expect(await alone(key, { counter: 7 })).toMatchObject({ userId: id });
    const twins = await Promise.all(Array.from({ length: 20 }, () => alone(key, { counter: 8 })));
    expect(twins.filter((one) => one !== null)).toHaveLength(1);
  });

  it('is refused once it was removed', async () => {
    const { key, actor, factor } = await holder();
    await lab.service.remove(actor, lab.caller(), factor.id);
    expect(await alone(key)).toBeNull();
  });

  it('cannot be answered with the token of an enrolment, nor the other way round', async () => {
    const { key, actor } = await holder();
    const enrolment = (await lab.enrolment.startPasskey(actor)) as { token: string; options: Options };
    expect(await lab.factors.verifyPasskey(enrolment.token, key.get(enrolment.options))).toBeNull();
  });
});

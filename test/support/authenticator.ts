import '@simplewebauthn/server'; // not in the middle of a test: a server stands still while it loads
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What an authenticator does otherwise than a good one. */
export interface Manner {
  readonly origin?: string;
  readonly host?: string;
  /** Whether it has verified its holder. */
  readonly verified?: boolean;
  readonly counter?: number;
  /** Whether its key may be copied to other devices, and has been. */
  readonly copied?: boolean;
  readonly userHandle?: string;
}

const base64url = (bytes: Buffer) => bytes.toString('base64url');
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest();

/** A passkey made of software: answers what browsers and authenticators answer (WebAuthn level 3, ES256, no attestation). */
export class Authenticator {
  readonly id = randomBytes(32);
  readonly #key: KeyObject;
  readonly #publicKey: Buffer;
  userHandle: string | undefined;

  constructor(readonly origin: string) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    this.#key = privateKey;
    this.#publicKey = coseKey(Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'));
  }

  /** The answer to `navigator.credentials.create`. */
  // biome-ignore lint/suspicious/noExplicitAny: options come as the server sends them.
  create(options: any, manner: Manner = {}) {
    this.userHandle = options.user.id;
    const attested = Buffer.concat([Buffer.alloc(16), length(this.id), this.id, this.#publicKey]);
    const authData = this.#authData(manner, attested);
    const attestationObject = Buffer.concat([
      Buffer.from([0xa3]),
      ...[text('fmt'), text('none'), text('attStmt'), Buffer.from([0xa0]), text('authData'), bytes(authData)],
    ]);
    return this.#answer('webauthn.create', options.challenge, manner, {
      attestationObject: base64url(attestationObject),
      transports: ['internal'],
    });
  }

  /** The answer to `navigator.credentials.get`. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  get(options: any, manner: Manner = {}) {
    const authData = this.#authData(manner);
    const clientData = this.#clientData('webauthn.get', options.challenge, manner);
    const signature = sign('sha256', Buffer.concat([authData, sha256(clientData)]), this.#key);
    return this.#answer('webauthn.get', options.challenge, manner, {
      authenticatorData: base64url(authData),
      signature: base64url(signature),
      userHandle: manner.userHandle ?? this.userHandle,
    });
  }

  #answer<Response extends object>(type: string, challenge: string, manner: Manner, response: Response) {
    return {
      id: base64url(this.id),
      rawId: base64url(this.id),
      type: 'public-key',
      clientExtensionResults: {},
      authenticatorAttachment: 'platform',
      response: { clientDataJSON: base64url(this.#clientData(type, challenge, manner)), ...response },
    };
  }

  #clientData(type: string, challenge: string, { origin = this.origin }: Manner): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  }

  #authData({ host = new URL(this.origin).hostname, verified = true, counter = 0, copied }: Manner, attested?: Buffer) {
    const flags = 1 | (verified ? 4 : 0) | (copied === true ? 24 : 0) | (attested === undefined ? 0 : 64);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    return Buffer.concat([sha256(host), Buffer.from([flags]), count, attested ?? Buffer.alloc(0)]);
  }
}

function coseKey(x: Buffer, y: Buffer): Buffer {
  // {1: 2, 3: -7, -1: 1, -2: x, -3: y}: an EC2 key on P-256 for ES256 (RFC 9053).
  const head = Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]);
  return Buffer.concat([head, bytes(x), Buffer.from([0x22]), bytes(y)]);
}

function length(of: Buffer): Buffer {
  return Buffer.from([of.length >> 8, of.length & 255]);
}

/** A byte string in CBOR. */
function bytes(of: Buffer): Buffer {
  const head = of.length < 256 ? Buffer.from([0x58, of.length]) : Buffer.concat([Buffer.from([0x59]), length(of)]);
  return Buffer.concat([head, of]);
}

/** A short text in CBOR. */
function text(of: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 | of.length]), Buffer.from(of)]);
}

import { generateSecret, generateURI, verify } from 'otplib';
import { toString as qrCode } from 'qrcode';
import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import type { UserId } from '../kernel/ids.js';
import { askPostgres } from '../platform/postgres.js';
import type { Seal } from '../platform/seal.js';
import type { AdmittedFactor } from './factor-throttle.js';

/** How far the clock of an authenticator app may be off, in seconds: one step either way (ASVS 6.5.5). */
const driftSeconds = 30;

/** What a person needs to set up an authenticator app: shown once. */
export interface TotpSetUp {
  readonly secret: string;
  readonly uri: string;
  /** The `uri` as a QR code: an SVG in a data URL. */
  readonly qr: string;
}

/**
 * Codes of authenticator apps (RFC 6238: SHA-1, six digits, 30 seconds). The secret of 160 bits is kept sealed; each step
 * is good for one code (ASVS 6.5.1).
 */
export class Totp {
  readonly #dataSource: DataSource;
  readonly #seal: Seal;
  readonly #clock: Clock;
  readonly #issuer: string;

  constructor(parts: { dataSource: DataSource; seal: Seal; clock: Clock; issuer: string }) {
    this.#dataSource = parts.dataSource;
    this.#seal = parts.seal;
    this.#clock = parts.clock;
    this.#issuer = parts.issuer;
  }

  /** A new secret for a factor, and the same sealed. */
  async make(userId: UserId, factorId: string, account: string): Promise<{ sealedSeed: string; setUp: TotpSetUp }> {
    const secret = generateSecret();
    const uri = generateURI({ issuer: this.#issuer, label: account, secret });
    const svg = await qrCode(uri, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 });
    const qr = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
    return { sealedSeed: this.#seal.seal(secret, whose(userId, factorId)), setUp: { secret, uri, qr } };
  }

  /** The step a code belongs to, within the drift that is allowed; null when it is no code of this factor now. */
  async stepOf(userId: UserId, factor: AdmittedFactor, code: string): Promise<number | null> {
    const secret = factor.sealedSeed === null ? null : this.#seal.open(factor.sealedSeed, whose(userId, factor.id));
    if (secret === null || !/^\d{6}$/.test(code)) return null;
    const epoch = Math.floor(this.#clock.nowMs() / 1000);
    const found = await verify({ secret, token: code, epoch, epochTolerance: driftSeconds });
    // The type also covers counter-based codes, which have no step.
    return found.valid && 'timeStep' in found ? found.timeStep : null;
  }

  /** Uses a step up: true for one of all that ask, and never for a step that lies before one that was used. */
  async use(factorId: string, step: number, tx: EntityManager = this.#dataSource.manager): Promise<boolean> {
    const [rows] = await askPostgres(() =>
      tx.query<[unknown[], number]>(
        `UPDATE factors SET last_used_step = $2, last_used_at = $3
         WHERE id = $1 AND (last_used_step IS NULL OR last_used_step < $2) RETURNING id`,
        [factorId, step, new Date(this.#clock.nowMs())],
      ),
    );
    return rows.length === 1;
  }
}

function whose(userId: UserId, factorId: string): string {
  return `totp ${userId} ${factorId}`;
}

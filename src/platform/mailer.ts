import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport, type Transporter } from 'nodemailer';

/** A message with its addressee. `id` is the same each time it is sent, so that a second copy can be recognised. */
export interface Letter {
  readonly id: string;
  readonly to: string;
  readonly writtenAt: Date;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Who messages are from. */
export interface Sender {
  readonly name: string;
  readonly address: string;
}

/** Hands messages over to what brings them to people. */
export interface Mailer {
  /** Resolves when it has been handed over. Throws MailRefused when trying again is of no use, else another error. */
  send(letter: Letter, signal: AbortSignal): Promise<void>;
}

/** The mail server will not take this message, now or later. */
export class MailRefused extends Error {
  constructor(options: ErrorOptions) {
    super('the mail server refuses the message for good', options);
    this.name = 'MailRefused';
  }
}

/** How long each step may take, in milliseconds. */
const bounds = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 15_000, dnsTimeout: 5_000 };
const noFiles = { disableFileAccess: true, disableUrlAccess: true };

/**
 * Sends through the server of an `smtp://` or `smtps://` URL, user and password in it. Nothing is sent in the clear, and
 * nothing to a server whose certificate does not hold, except to this very machine.
 */
export function smtpMailer(url: string, from: Sender): Mailer {
  const { protocol, hostname, port, username, password } = new URL(url);
  const host = decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1');
  const near = isLoopback(host);
  const transport: Transporter = createTransport({
    host,
    secure: protocol === 'smtps:',
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    requireTLS: protocol === 'smtp:' && !near,
    opportunisticTLS: near,
    tls: { rejectUnauthorized: !near, minVersion: 'TLSv1.2' },
    ...bounds,
    ...noFiles,
  });
  return {
    async send(letter, signal) {
      try {
        await transport.sendMail({ ...messageOf(letter, from), signal });
      } catch (error) {
        throw isFinal(error) ? new MailRefused({ cause: error }) : error;
      }
    },
  };
}

/** Writes each message to a file of its own, `<time>-<id>.eml`, which appears when it is whole; twice the same: one file. */
export function folderMailer(folder: string, from: Sender): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows', ...noFiles });
  return {
    async send(letter) {
      const { message } = await transport.sendMail(messageOf(letter, from));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const name = `${letter.writtenAt.toISOString().replaceAll(':', '')}-${letter.id}.eml`;
      const draft = join(folder, `.${name}.${process.pid}`);
      try {
        const file = await open(draft, 'w', 0o600);
        try {
          await file.writeFile(message as Buffer);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(draft, join(folder, name));
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },
  };
}

function messageOf(letter: Letter, from: Sender) {
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
  return {
    from: { name: from.name, address: from.address },
    to: { name: '', address: letter.to },
    subject: letter.subject,
    text: letter.text,
    html: letter.html,
    date: letter.writtenAt,
    messageId: `<${letter.id}@${domain}>`,
    // No out-of-office reply, please (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    textEncoding: 'quoted-printable' as const,
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** A reply 5xx to the addressee or to the message (RFC 5321, 4.2.1). Refused passwords are the operator's to mend. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, responseCode } = error as Error & { code?: string; responseCode?: number };
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode !== undefined && responseCode >= 500;
}

import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A message as it arrived. */
export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly tls: boolean;
  readonly user: string | undefined;
  /** The whole message, headers first. */
  readonly raw: string;
}

/** A real mail server on loopback that keeps what it gets. */
export class MailSink {
  readonly received: Received[] = [];
  /** What recipients are answered with instead of being taken, e.g. 450 or 550. */
  refuseWith: number | null = null;
  readonly #server: SMTPServer;
  #port = 0;

  private constructor(account: { user: string; password: string } | null, plain: boolean) {
    this.#server = new SMTPServer({
      logger: false,
      hideSTARTTLS: plain,
      authOptional: account === null,
      authMethods: ['PLAIN'],
      allowInsecureAuth: true,
      closeTimeout: 100,
      onAuth: (given, _session, answer) => {
        if (given.username === account?.user && given.password === account?.password) answer(null, { user: 'known' });
        else answer(new Error('unknown'));
      },
      onRcptTo: ({ address }, _session, answer) => {
        if (this.refuseWith === null) answer();
        else answer(Object.assign(new Error(`<${address}>: not taken`), { responseCode: this.refuseWith }));
      },
      onData: (stream, session, answer) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          this.received.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            tls: session.secure,
            user: session.user === undefined ? undefined : String(session.user),
            raw: Buffer.concat(parts).toString('utf8'),
          });
          answer();
        });
      },
    });
    // A client that hangs up in the middle is no fault of the sink.
    this.#server.on('error', () => {});
  }

  /** On any free port unless one is named; with everybody's mail unless an account is. `plain`: without TLS. */
  static async open(
    account: { user: string; password: string } | null = null,
    port = 0,
    plain = false,
  ): Promise<MailSink> {
    const sink = new MailSink(account, plain);
    await new Promise<void>((resolve) => sink.#server.listen(port, '127.0.0.1', resolve));
    sink.#port = (sink.#server.server.address() as AddressInfo).port;
    return sink;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** The header lines of a message, unfolded. */
export function headersOf(raw: string): string[] {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n'));
  return head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
}

/** A header's value; undefined when there is none. */
export function headerOf(raw: string, name: string): string | undefined {
  const start = `${name.toLowerCase()}: `;
  return headersOf(raw)
    .find((line) => line.toLowerCase().startsWith(start))
    ?.slice(start.length);
}

/** The message with its quoted-printable parts decoded (RFC 2045, 6.7). */
export function decoded(raw: string): string {
  const bytes = raw
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from '#bootstrap/chromium-binary.mjs';
import type { Substitutes } from '../../src/compose/compose.js';
import { webAuthn } from '../../src/factors/passkeys.js';
import { WholeServer } from './whole-server.js';

/** What an application's page has to do itself: it runs in the browser, on the origin of the server. */
const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Application</title></head><body><script>
let csrfToken;
async function ask(method, path, body) {
  const headers = { 'content-type': 'application/json' };
  if (csrfToken) headers['x-csrf-token'] = csrfToken;
  const sent = body === undefined ? (method === 'GET' ? undefined : '{}') : JSON.stringify(body);
  const answer = await fetch(path, { method, headers, body: sent });
  const text = await answer.text();
  const json = text === '' ? null : JSON.parse(text);
  if (json && json.csrfToken) csrfToken = json.csrfToken;
  return { status: answer.status, json };
}
async function createPasskey(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return (await navigator.credentials.create({ publicKey })).toJSON();
}
async function getPasskey(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({ publicKey })).toJSON();
}
async function dots(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [400, 400];
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, 400, 400);
  context.drawImage(image, 0, 0, 400, 400);
  const { data } = context.getImageData(0, 0, 400, 400);
  let seen = '';
  for (let at = 0; at < data.length; at += 4) seen += data[at] < 128 ? '#' : ' ';
  return seen;
}
</script></body></html>`;

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** An answer as the page sees it. */
export interface PageAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly json: any;
}

/** A whole server and an application's page on one origin, `http://localhost:<port>`, and a Chromium that looks at it. */
export class BrowserSite {
  private constructor(
    readonly server: WholeServer,
    readonly origin: string,
    readonly browser: Browser,
    readonly front: Server,
  ) {}

  /** `settings` and `substitutes`: what the server is given beside those of the tests. */
  static async open(
    settings: Readonly<Record<string, string>> = {},
    substitutes: Substitutes = {},
  ): Promise<BrowserSite> {
    let port = 0;
    const front = createServer((asked, answer) => {
      if (asked.url === '/') {
        answer.writeHead(200, { 'content-type': 'text/html' }).end(page);
        return;
      }
      const { method, url, headers } = asked;
      const on = request({ host: '127.0.0.1', port, method, path: url, headers }, (given) => {
        answer.writeHead(given.statusCode ?? 502, given.headers);
        given.pipe(answer);
      });
      on.on('error', () => answer.destroy());
      answer.on('close', () => on.destroy());
      asked.pipe(on);
    });
    await once(front.listen(0, '127.0.0.1'), 'listening');
    const origin = `http://localhost:${(front.address() as AddressInfo).port}`;
    const server = await WholeServer.start({ PUBLIC_URL: origin, ...settings }, substitutes);
    port = server.client.port;
    const browser = await chromium.launch({ executablePath: await findChromium(), args: quiet });
    return new BrowserSite(server, origin, browser, front);
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.front.closeAllConnections();
    this.front.close();
    await this.server.stop();
  }

  /** The application in a profile of its own, whose authenticator verifies its holder and agrees to everything. */
  async application(): Promise<Application> {
    const opened = await (await this.browser.newContext()).newPage();
    await addAuthenticator(opened);
    await opened.goto(this.origin);
    return new Application(opened);
  }
}

/** Gives the page an authenticator that verifies its holder and agrees to everything. */
export async function addAuthenticator(page: Page): Promise<void> {
  await webAuthn();
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('WebAuthn.enable');
  await devTools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** The application's page. */
export class Application {
  constructor(readonly page: Page) {}

  /** What the page's script answers to a call. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  call(name: 'createPasskey' | 'getPasskey', argument: unknown): Promise<any> {
    return this.page.evaluate(`${name}(${JSON.stringify(argument)})`);
  }

  /** What the browser shows of an image, in 400 lines of 400 dots: black is `#`. */
  dots(url: string): Promise<string> {
    return this.page.evaluate(`dots(${JSON.stringify(url)})`);
  }

  ask(method: string, path: string, body?: unknown): Promise<PageAnswer> {
    const given = [method, path, ...(body === undefined ? [] : [body])].map((each) => JSON.stringify(each));
    return this.page.evaluate(`ask(${given.join(', ')})`);
  }

  /** The cookies of the page, by name. */
  async cookies(): Promise<string[]> {
    return (await this.page.context().cookies()).map(({ name }) => name);
  }
}

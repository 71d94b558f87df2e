/** A stream of server-sent events. */
export interface EventStream {
  readonly readyState: number;
  addEventListener(name: string, listener: (event: { readonly data?: string }) => void): void;
  close(): void;
}

interface Credentials {
  get(options: object): Promise<{ toJSON(): object } | null>;
  create(options: object): Promise<{ toJSON(): object } | null>;
}

interface Locks {
  request<Answer>(name: string, options: { signal?: AbortSignal }, held: () => Promise<Answer>): Promise<Answer>;
}

interface Browser {
  readonly location?: { readonly href: string; readonly origin: string };
  readonly document?: { readonly baseURI: string };
  readonly EventSource?: new (url: string) => EventStream;
  readonly navigator?: { readonly locks?: Locks; readonly credentials?: Credentials };
  readonly PublicKeyCredential?: {
    parseRequestOptionsFromJSON(options: object): object;
    parseCreationOptionsFromJSON(options: object): object;
  };
}

/** What a browser has, as far as it is used here. Some of it is missing where pages are not served safely. */
export const browser = globalThis as unknown as Browser;

/** Whether an address lies on the page's own origin, as the browser's `fetch` would take it. */
export function isOwn(address: string | URL): boolean {
  const { location, document } = browser;
  return !location || new URL(address, document?.baseURI ?? location.href).origin === location.origin;
}

/** Runs it alone among all tabs, where the browser can say so; else at once. Rejects when `signal` is aborted before. */
export function alone<Answer>(name: string, held: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  return browser.navigator?.locks?.request(name, signal ? { signal } : {}, held) ?? held();
}

/** What the person's authenticator says to the options of a sign-in or an enrolment, as JSON. Rejects when it says nothing. */
export async function passkey(kind: 'get' | 'create', options: object): Promise<Record<string, unknown>> {
  const { PublicKeyCredential: form, navigator } = browser;
  if (!form) throw new Error('This browser knows no passkeys');
  const publicKey =
    kind === 'get' ? form.parseRequestOptionsFromJSON(options) : form.parseCreationOptionsFromJSON(options);
  const credential = await navigator?.credentials?.[kind]({ publicKey });
  return { ...credential?.toJSON() };
}

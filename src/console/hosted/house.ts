/** What the server says to every page: whose it is, and what people may do here. */
export interface House {
  readonly brand: string;
  /** Whether people may make accounts for themselves. */
  readonly registers: boolean;
  /** Whether messages can be sent: without, nobody can be helped by one. */
  readonly mails: boolean;
  /** What this browser came with: a session, which may have ended, or the word that it is remembered. */
  readonly visitor: { readonly session: boolean; readonly remembered: boolean };
}

const written = document.querySelector<HTMLMetaElement>('meta[name=usher]')?.content;
const nothing: House = {
  brand: 'Usher',
  registers: false,
  mails: false,
  visitor: { session: false, remembered: false },
};

/** This house, as the server wrote it into the page. */
export const house: House = JSON.parse(written ?? 'null') ?? nothing;

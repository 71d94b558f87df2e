/** What a session remembers of the client that signed in: who it is, and the major version, which may rise but not fall. */
export interface Fingerprint {
  readonly client: string;
  readonly version: number;
}

/** One way a route is called, and where it helps what comes back: shown in the OpenAPI document, and made by a test. */
export interface Example {
  readonly summary: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** What is answered: the status and the body. */
  readonly answer?: readonly [status: number, body: Readonly<Record<string, unknown>>];
}

/** What the examples are written with. A test puts those of its own world in their place. */
export const given = {
  licence: '5b2f7c1e-8f43-4d0b-9a6e-2c1d7e90a4b3',
  owner: 'c0a4d9f2-1b6e-4f57-8d3a-7e5f2b9c6a10',
  user: '0f8e3a6d-52c7-4b19-b4d1-9a7c3e2f5d84',
  /** Somebody who is no member of the licence. */
  newcomer: 'guest@institute.example',
  email: 'anna@institute.example',
  password: 'a long enough password',
  ref: '5b2f7c1e-8f43-4d0b-9a6e-2c1d7e90a4b3.Zk3vT0rYwq1bX8nLJ5sDgA',
  /** As links, tickets, challenges and passkeys carry them. */
  token: 'q7Xk2mPz9LrT4vWb8NcY1sHdJ6fGaQeRtUiOpZxCvB0',
  audience: 'https://api.example.org',
  secret: 'a-random-text-of-32-characters-or-more',
} as const;

/** An application that the servers of the tests make tokens out to, and another one. */
export const [audience, otherAudience] = [
  { name: 'https://api.example.org', secret: 'a-secret-of-the-tests-that-is-long-enough' },
  { name: 'reports', secret: 'another-secret-of-the-tests+that=is%long' },
] as const;

/** Both, as the setting has them. */
export const tokenAudiences = [audience, otherAudience].map(({ name, secret }) => `${name}=${secret}`).join(',');

/** What an application says of itself in the body of a request. */
export function client({ name, secret }: { name: string; secret: string }) {
  return { client_id: name, client_secret: secret };
}

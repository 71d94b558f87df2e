/** The TypeScript types of the client for browsers, from the server's OpenAPI document. To be formatted. */
export function clientTypes(document: unknown): string;

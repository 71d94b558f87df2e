/**
 * The form by which an address or a user name is compared and found: NFKC, trimmed, lower case. Two texts that look alike
 * to a person name one account.
 */
export function identifierKey(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}

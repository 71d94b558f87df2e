import { z } from 'zod';

/** An application that tokens are made out to, and what it proves itself with. */
export interface TokenAudience {
  readonly name: string;
  /** Any of them will do, so that one can take the place of another without a gap. */
  readonly secrets: readonly string[];
}

const nameForm = /^[\x21-\x7e]{1,200}$/;
const secretForm = /^[\x21-\x7e]{32,200}$/;
const mostAudiences = 100;

/** Reads `name=secret, name=secret`: a name that comes twice has both secrets. What is wrong is told without the secret. */
export const tokenAudiences = z.string().transform((text, context): TokenAudience[] => {
  const found = new Map<string, string[]>();
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  entries.forEach((entry, i) => {
    const [name, secret] = parts(entry);
    const fault = faultOf(name, secret);
    if (fault !== null) context.addIssue({ code: 'custom', message: `entry ${i + 1} ${fault}` });
    else found.set(name, [...(found.get(name) ?? []), secret]);
  });
  if (found.size > mostAudiences) context.addIssue({ code: 'custom', message: `must name at most ${mostAudiences}` });
  return [...found].map(([name, secrets]) => ({ name, secrets }));
});

/** A secret may hold `=`, a name may not. */
function parts(entry: string): [name: string, secret: string] {
  const at = entry.indexOf('=');
  return at === -1 ? ['', ''] : [entry.slice(0, at), entry.slice(at + 1)];
}

function faultOf(name: string, secret: string): string | null {
  if (name === '' || secret === '') return 'must be a name and a secret with = between: https://api.example.org=secret';
  if (!nameForm.test(name)) return 'must have a name of at most 200 plain characters';
  return secretForm.test(secret) ? null : 'must have a secret of 32 to 200 plain characters';
}

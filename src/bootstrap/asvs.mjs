import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The requirements of OWASP ASVS 5.0, chapters V6 and V7, shortly: number, level, what is asked. `where`: a page that meets it,
 * where it asks for words. `unmet`: why it is not met, or asks nothing of this server. The rest is shown by tests which
 * carry the number in their names.
 */
const requirements = [
  [
    '6.1.1',
    1,
    'Rate limits and the defence against malicious lock-out are documented',
    { where: '[Signing in](signing-in.md), [Passwords](passwords.md)' },
  ],
  [
    '6.1.2',
    2,
    'The words that passwords must not be made of are documented',
    { where: '[Signing in](signing-in.md), [Passwords](passwords.md)' },
  ],
  [
    '6.1.3',
    2,
    'Every way to be authenticated, and its strength, is documented',
    { where: '[Second factors](second-factors.md)' },
  ],
  ['6.2.1', 1, 'Passwords have at least 8 characters; 15 are better'],
  ['6.2.2', 1, 'People can change their password'],
  ['6.2.3', 1, 'Changing it needs the present and the new one'],
  ['6.2.4', 1, 'The 3000 most common that match the rules are refused'],
  ['6.2.5', 1, 'Any characters, in any composition'],
  ['6.2.6', 1, 'Fields for passwords hide them', { where: 'every page of this server: `type="password"`' }],
  [
    '6.2.7',
    1,
    'Pasting and password managers are allowed',
    { where: 'every page of this server: `autocomplete`, no script on the field' },
  ],
  ['6.2.8', 1, 'Verified exactly as received, nothing cut off'],
  ['6.2.9', 2, 'At least 64 characters are allowed'],
  [
    '6.2.10',
    2,
    'Good until they are known or the person changes them',
    { where: 'no password has an age: there is no such setting' },
  ],
  ['6.2.11', 2, 'Words of the context are refused'],
  [
    '6.2.12',
    2,
    'Breached passwords are refused',
    {
      unmet:
        'in part: the most frequent of breached ones are refused from a list that comes with the server. The rest could only be asked of a service elsewhere, and this server calls none.',
    },
  ],
  ['6.3.1', 1, 'Credential stuffing and brute force are prevented'],
  ['6.3.2', 1, 'No default accounts'],
  ['6.3.3', 2, 'Multi-factor authentication; at level 3 hardware-based'],
  ['6.3.4', 2, 'No undocumented way in, and all equally strong'],
  [
    '6.3.5',
    3,
    'People are told of suspicious attempts',
    {
      unmet:
        'in part: people are told of sign-ins from browsers that were not known, of recovery codes that were used, and of remembered browsers that were copied; a code by mail that nobody asked for says itself that somebody knows the password. Of a right password with wrong codes of an app, and of many wrong passwords, nobody is told: the sign-in log has them.',
    },
  ],
  [
    '6.3.6',
    3,
    'E-mail is no factor',
    {
      unmet:
        'a choice of the house: e-mailed codes exist because they were asked for, are off until somebody turns them on, never make AAL2, and `aal=2` on a route keeps them out.',
    },
  ],
  [
    '6.3.7',
    3,
    'People are told of changes of their credentials',
    { unmet: 'where the server sends no mail: there nobody can be told.' },
  ],
  ['6.3.8', 3, 'Nothing tells whether an account exists: not words, status or timing'],
  ['6.4.1', 1, 'First secrets are random, for a short time, and replaced'],
  ['6.4.2', 1, 'No hints, no secret questions', { where: 'there are none' }],
  [
    '6.4.3',
    2,
    'A reset of the password does not pass by the second factor',
    {
      unmet:
        'in part: a reset leaves every factor as it is. But a factor is on probation for seven days: so long the link “this was not me” in the letter that told of it takes it away, and whoever reads the mailbox can follow that link and reset the password. Otherwise a stranger who enrols a factor would keep the owner out.',
    },
  ],
  [
    '6.4.4',
    2,
    'A lost factor needs proof of identity as at enrolment',
    { where: '[Second factors](second-factors.md): what staff should ask for before they remove one' },
  ],
  ['6.4.5', 3, 'Reminders before factors expire', { unmet: 'no factor here expires.' }],
  ['6.4.6', 3, 'Staff can start a reset and never choose the password'],
  ['6.5.1', 2, 'Codes and saved secrets are good once'],
  ['6.5.2', 2, 'Saved secrets of less than 112 bits are hashed like passwords'],
  [
    '6.5.3',
    2,
    'Made by a cryptographic random generator',
    { where: '`node:crypto` makes all of them; there is no other generator in `src/`' },
  ],
  ['6.5.4', 2, 'Codes have at least 20 bits'],
  ['6.5.5', 2, 'Codes sent are good for ten minutes, those of apps for thirty seconds'],
  ['6.5.6', 3, 'Every factor can be revoked'],
  ['6.5.7', 3, 'Biometrics only beside something else', { where: 'they never reach this server: they open a passkey' }],
  [
    '6.5.8',
    3,
    'Time comes from the server',
    { where: 'of Redis for sessions, of the server for codes; no request carries one' },
  ],
  ['6.6.1', 2, 'Telephone only beside something better', { unmet: 'asks nothing: nothing is sent by telephone.' }],
  ['6.6.2', 2, 'A code sent is bound to what it was asked for'],
  ['6.6.3', 2, 'Codes sent cannot be guessed by trying'],
  ['6.6.4', 3, 'Push messages are limited', { unmet: 'asks nothing: there are no push messages.' }],
  [
    '6.7.1',
    3,
    'Certificates of authenticators are protected',
    { unmet: 'no attestation is asked for: any authenticator may be enrolled, so there are no certificates to trust.' },
  ],
  ['6.7.2', 3, 'Challenges have at least 64 bits and are unique'],
  [
    '6.8.1',
    2,
    'Identities of several providers cannot be mixed up',
    { unmet: 'asks nothing yet: there is no sign-in through another provider.' },
  ],
  ['6.8.2', 2, 'Assertions of providers are verified', { unmet: 'as above.' }],
  ['6.8.3', 2, 'SAML assertions are good once', { unmet: 'as above.' }],
  ['6.8.4', 2, 'How a provider authenticated is looked at', { unmet: 'as above.' }],
  ['7.1.1', 2, 'Idle time and lifetime are documented', { where: '[Sessions and seats](sessions-and-seats.md)' }],
  [
    '7.1.2',
    2,
    'How many sessions at once, and what happens at the limit, is documented',
    { where: '[When the house is full](full-house.md)' },
  ],
  [
    '7.1.3',
    2,
    'All systems that share sessions are documented',
    { where: '[An API behind the same proxy](proxies.md), [Tokens](tokens.md)' },
  ],
  ['7.2.1', 1, 'Sessions are verified by a trusted server'],
  ['7.2.2', 1, 'Dynamic tokens, no static secrets'],
  ['7.2.3', 1, 'Reference tokens are unique and have at least 128 random bits'],
  ['7.2.4', 1, 'A new token when somebody is authenticated, also again'],
  ['7.3.1', 2, 'Sessions end when they are idle'],
  ['7.3.2', 2, 'Sessions have a longest life'],
  ['7.4.1', 1, 'An ended session is of no further use'],
  ['7.4.2', 1, 'Disabling or deleting an account ends its sessions'],
  ['7.4.3', 2, 'After a change of a factor the other sessions can be ended'],
  [
    '7.4.4',
    2,
    'Signing out is in sight on every page',
    {
      unmet:
        'in part: the page `/sign-in` shows it to whoever is signed in; the other pages are the application’s, with `POST /auth/logout`.',
    },
  ],
  ['7.4.5', 2, 'Staff can end the sessions of one person and of all'],
  ['7.5.1', 2, 'Fresh authentication before addresses and factors are changed'],
  [
    '7.5.2',
    2,
    'People see their sessions and can end them',
    {
      unmet:
        'in part: ending them asks for no further factor. It is the safe direction, and whoever sees a session of a stranger must be quick.',
    },
  ],
  [
    '7.5.3',
    3,
    'A further factor before what is very sensitive',
    {
      unmet:
        'in part: changes of one’s own factors and address want a fresh sign-in, and places behind the proxy can want one, or two factors. No route of the admin API wants either: `SECOND_FACTOR_ROLES` makes staff show a second factor when they sign in.',
    },
  ],
  [
    '7.6.1',
    2,
    'Lifetimes behave as documented between provider and application',
    { unmet: 'asks nothing yet: there is no sign-in through another provider.' },
  ],
  [
    '7.6.2',
    2,
    'A session needs an explicit act of the person',
    { where: 'only `POST` requests of this origin open one: [Signing in](signing-in.md)' },
  ],
];

/** The cells of the table: number, level, what is asked, how it is met. Throws for a row about which nothing is said. */
export function asvsRows(root) {
  const names = namesWithNumbers(join(root, 'test'));
  return requirements.map(([number, level, asked, said = {}]) => {
    const shown = names
      .filter(({ numbers }) => numbers.includes(number))
      .map(({ name, file }) => `“${name}” (${file})`);
    const words = [said.where, ...shown, said.unmet === undefined ? undefined : `**Not met**: ${said.unmet}`];
    const told = words.filter((word) => word !== undefined);
    if (told.length === 0) throw new Error(`ASVS ${number}: no test names it, and nothing is said about it`);
    return [number, String(level), asked, told.join('<br>')];
  });
}

/** Names of tests with the requirements they carry. */
function namesWithNumbers(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(['`])([^'`\n]*\(([^()'`\n]*ASVS [^()'`\n]+)\)[^'`\n]*)\1/g)].map(
      (found) => ({
        name: found[2].replace(/ *\([^()]*ASVS [^()]+\)/, '').replaceAll('|', '/'),
        numbers: found[3].match(/\d+\.\d+\.\d+/g) ?? [],
        file: file.slice(folder.length + 1),
      }),
    ),
  );
}

import { bySystem } from './audit/audit-log.js';
import type { OwnerId } from './kernel/ids.js';
import { Problem } from './kernel/problem.js';
import type { RunningServer } from './main.js';

const password = 'demonstration only';
/** The settings that make the demonstration's administrator the first staff account. */
export const firstAccount = { ADMIN_EMAIL: 'admin@demo.example', ADMIN_PASSWORD: password };

const people = ['anna', 'ben', 'chloe', 'dev', 'emil', 'fatma'] as const;
const browsers = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
] as const;
const seats = 4;

/**
 * Fills a demonstration institute: an owner, a licence of four seats, six members, an administrator, and three members signed
 * in. Run again it only signs in again. Never for a server that strangers can reach: the passwords are printed here.
 */
export async function demo(server: RunningServer): Promise<void> {
  const { usher } = server;
  const users = [];
  for (const name of [...people, 'admin']) users.push(await account(server, name));
  const institute = await usher.owners.list(
    { visible: 'everything', q: 'Demonstration Institute' },
    { limit: 1, cursor: null },
  );
  if (institute.total === 0) {
    const owner = await usher.owners.create(
      { name: 'Demonstration Institute', email: 'office@demo.example' },
      bySystem,
    );
    const { result: licence } = await usher.licences.create(
      { ownerId: owner.id as OwnerId, name: 'Reading room', seats },
      bySystem,
    );
    for (const id of users.slice(0, people.length)) if (id !== null) await usher.members.add(licence.id, id, bySystem);
  }
  for (const [i, browser] of browsers.entries()) await signIn(server.url, people[i] ?? people[0], browser);
  console.error(
    `Demonstration Institute: ${seats} seats, ${browsers.length} taken. Sign in as ${people.join(', ')} or admin@demo.example, ` +
      `password "${password}".`,
  );
}

/** The id of the new account, or null when it was there already. */
async function account({ usher }: RunningServer, name: string) {
  const given = {
    email: `${name}@demo.example`,
    name,
    password,
    roles: [name === 'admin' ? 'admin' : 'user'] as const,
  };
  try {
    return (await usher.accounts.create(given, bySystem)).id;
  } catch (error) {
    if (error instanceof Problem && error.slug === 'already-exists') return null;
    throw error;
  }
}

async function signIn(url: string, name: string, userAgent: string): Promise<void> {
  const answer = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': userAgent },
    body: JSON.stringify({ identifier: `${name}@demo.example`, password, delivery: 'bearer' }),
  });
  // A full house is as good as a sign-in here: the seats are taken.
  if (!answer.ok && answer.status !== 409) throw new Error(`${name} could not sign in: ${await answer.text()}`);
}

import type { Role } from '../access/roles.js';
import type { LicencePolicy } from '../licences/policy.js';

/** The password of everybody who may sign in here. */
export const password = 'demonstration only';

/** Somebody of the demonstration. Without a `role` nobody can sign in as them: they are there to be seen. */
export interface Player {
  readonly email: string;
  readonly name: string;
  readonly role?: Role;
}

/** Those one can sign in as. */
export const players: readonly Player[] = [
  player('anna', 'Anna Berg', 'user'),
  player('ben', 'Ben Adeyemi', 'user'),
  player('chloe', 'Chloé Martin', 'user'),
  player('dev', 'Dev Patel', 'user'),
  player('emil', 'Emil Novák', 'user'),
  player('fatma', 'Fatma Yılmaz', 'user'),
  player('staff', 'Sam Okoro', 'staff'),
  player('admin', 'Alex Lind', 'admin'),
];

const names = [
  ...['Greta Holm', 'Hugo Silva', 'Ingrid Dahl', 'Jamal Haddad', 'Keiko Mori', 'Liam O’Brien', 'Mei Chen'],
  ...['Nadia Popescu', 'Oskar Wolf', 'Priya Nair', 'Quentin Roy', 'Rosa Romero', 'Stefan Kraus', 'Tova Levi'],
  ...['Uma Iyer', 'Viktor Orlov', 'Wanda Kowalska', 'Xiu Lan', 'Yusuf Demir', 'Zoë Peters', 'Amara Diallo'],
  ...['Bruno Costa', 'Carla Ricci', 'Dmitri Volkov', 'Elif Kaya', 'Felix Braun', 'Gwen Hughes', 'Hana Sato'],
  ...['Ivo Marić', 'Julia Weiss', 'Karim Aziz', 'Lena Fischer', 'Marco Greco', 'Nora Lindqvist'],
];

/** The others: with those above some forty people. */
export const crowd: readonly Player[] = names.map((name) => player(addressOf(name), name));

/** A licence of the demonstration: who belongs to it, how many sit there, and how its week was. */
export interface Part {
  readonly name: string;
  readonly seats: number;
  readonly policy?: LicencePolicy;
  /** In days from now; negative: in the past. Without an end it never ends. */
  readonly fromDays?: number;
  readonly toDays?: number;
  /** Addresses before the `@`. */
  readonly members: readonly string[];
  /** How many of them sit there, the first ones. */
  readonly sitting: number;
  /** How many seats are wanted at noon; 0: nobody has been there. */
  readonly noon: number;
  /** What became of it once everybody sat. */
  readonly afterwards?: 'suspended' | { readonly seats: number };
}

const some = (from: number, count: number) => crowd.slice(from, from + count).map(({ email }) => nameIn(email));

/** The institutes, and what they hold. */
export const houses: readonly { name: string; affiliation: string; email: string; parts: readonly Part[] }[] = [
  {
    name: 'Demonstration Institute',
    affiliation: 'University of Examples',
    email: 'office@demo.example',
    parts: [
      {
        name: 'Reading room',
        seats: 4,
        policy: { whenFull: ['end-own', 'refuse'], maxSessionsPerUser: 3 },
        members: ['anna', 'ben', 'chloe', 'dev', 'emil', 'fatma'],
        ...{ sitting: 3, noon: 4 },
      },
      {
        name: 'Practical chemistry',
        seats: 12,
        policy: { whenFull: [{ step: 'overage', seats: 2, daysPerYear: 10 }, 'refuse'], notifyOwner: true },
        ...{ fromDays: -170, toDays: 9, members: ['fatma', ...some(0, 14)], sitting: 6, noon: 9 },
      },
    ],
  },
  {
    name: 'Hartwell College of Optics',
    affiliation: 'Hartwell',
    email: 'licences@hartwell.example',
    parts: [
      {
        name: 'Microscopy suite',
        seats: 25,
        policy: { whenFull: [{ step: 'reclaim-idle', idleMinutes: 30 }, 'refuse'], maxSessionsPerUser: 2 },
        ...{ fromDays: -90, toDays: 275, members: some(0, 34), sitting: 23, noon: 26 },
      },
      { name: 'Summer school', seats: 15, fromDays: -60, toDays: -2, members: some(4, 15), sitting: 0, noon: 12 },
      { name: 'Next term', seats: 40, fromDays: 20, toDays: 200, members: some(0, 30), sitting: 0, noon: 0 },
    ],
  },
  {
    name: 'Brandt Analytical',
    affiliation: 'Brandt AG',
    email: 'it@brandt.example',
    parts: [
      {
        name: 'Spectra Pro',
        seats: 9,
        policy: { whenFull: ['refuse'], maxSessionsPerUser: 1 },
        ...{ fromDays: -300, toDays: 65, members: some(18, 16), sitting: 9, noon: 11, afterwards: { seats: 6 } },
      },
      { name: 'Field trial', seats: 5, members: some(24, 6), sitting: 0, noon: 3, afterwards: 'suspended' },
    ],
  },
];

function player(name: string, called: string, role?: Role): Player {
  return { email: `${name}@demo.example`, name: called, ...(role !== undefined && { role }) };
}

function nameIn(email: string): string {
  return email.slice(0, email.indexOf('@'));
}

/** `Zoë Peters` is written `zoe.peters`. */
function addressOf(name: string): string {
  const plain = name.normalize('NFD').replace(/[^A-Za-z ]/g, '');
  return plain.toLowerCase().replace(' ', '.');
}

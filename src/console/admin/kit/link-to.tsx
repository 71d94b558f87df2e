import type { ReactNode } from 'react';
import { Link } from 'wouter';
import classes from './kit.module.css';
import { TwoLines } from './two-lines.js';

/** A link to another page of the console. */
export function LinkTo({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  return (
    <Link href={href} className={classes.link}>
      {children}
    </Link>
  );
}

/** Who somebody is, with the way to their page. */
export function PersonLink({
  user,
}: {
  readonly user: { readonly id: string; readonly email: string; readonly name?: string | null };
}) {
  const name = user.name ?? null;
  return (
    <TwoLines below={name !== null && user.email}>
      <LinkTo href={`/people/${user.id}`}>{name ?? user.email}</LinkTo>
    </TwoLines>
  );
}

/** A licence, with the way to its page. */
export function LicenceLink({
  licence,
  none = 'no licence',
}: {
  readonly licence: { readonly id: string; readonly name: string } | null;
  readonly none?: string;
}) {
  if (licence === null) return <span className={classes.aside}>{none}</span>;
  return <LinkTo href={`/licences/${licence.id}`}>{licence.name}</LinkTo>;
}

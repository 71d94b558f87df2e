import { useDocumentTitle } from '@mantine/hooks';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Link } from 'wouter';
import { brandName } from '../brand.js';
import classes from './kit.module.css';

/** One step of the way to a page. */
export interface Crumb {
  readonly label: string;
  readonly href: string;
}

/** Whether the first page is still to be shown: nobody has navigated yet, and the focus is the browser's. */
let first = true;

/** A page: its name, what can be done with the whole of it, and what is in it. Whoever comes here begins at its heading. */
export function Page({
  title,
  description,
  crumbs = [],
  actions,
  badge,
  children,
}: {
  readonly title: string;
  readonly description?: ReactNode;
  readonly crumbs?: readonly Crumb[];
  readonly actions?: ReactNode;
  /** Stands beside the title. */
  readonly badge?: ReactNode;
  readonly children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useDocumentTitle(`${title} – ${brandName}`);
  useEffect(() => {
    if (!first) heading.current?.focus({ preventScroll: true });
    if (!first) scrollTo(0, 0);
    first = false;
  }, []);
  return (
    <div className={classes.page}>
      {crumbs.length > 0 && (
        <nav aria-label="Way to this page" className={classes.crumbs}>
          {crumbs.map(({ label, href }) => (
            <Link key={href} href={href} className={classes.link}>
              {label}
            </Link>
          ))}
        </nav>
      )}
      <header className={classes.pageHead}>
        <div className={classes.pageTitle}>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {badge}
        </div>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
        {description !== undefined && <div className={classes.pageWords}>{description}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a page with a heading of its own. */
export function Section({
  title,
  description,
  actions,
  children,
}: {
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={classes.section}>
      <header className={classes.sectionHead}>
        <h2 id={id}>{title}</h2>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
        {description !== undefined && <div className={classes.sectionWords}>{description}</div>}
      </header>
      {children}
    </section>
  );
}

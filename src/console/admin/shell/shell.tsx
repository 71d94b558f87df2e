import { AppShell, Burger, Button } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { Search } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { follow } from '../api/feed.js';
import { MeContext, useSignedIn } from '../api/me.js';
import { brandName } from '../brand.js';
import { AccountMenu } from './account-menu.js';
import { BrandMark } from './brand-mark.js';
import { type Destination, destinationsOf } from './navigation.js';
import classes from './shell.module.css';
import { ThemeSwitch } from './theme-switch.js';
import { Trouble } from './trouble.js';

const CommandSearch = lazy(() => import('./command-search.js').then((file) => ({ default: file.CommandSearch })));
const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** What is around every page: the name of the house, where one can go, who is signed in. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const me = useSignedIn();
  const [opened, { toggle, close }] = useDisclosure(false);
  const [searching, setSearching] = useState<boolean | null>(null);
  const [place] = useLocation();
  const follows = me.scope !== null;
  useEffect(() => (follows ? follow() : undefined), [follows]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: going somewhere closes the navigation of a narrow screen.
  useEffect(close, [place]);
  useHotkeys([['mod+K', () => follows && setSearching(true)]], []);
  return (
    <MeContext value={me}>
      <a href="#main" className={classes.skip}>
        Skip to the page
      </a>
      <AppShell
        header={{ height: 56 }}
        navbar={{ width: 208, breakpoint: 'md', collapsed: { mobile: !opened } }}
        padding={{ base: 12, sm: 24 }}
        transitionDuration={0}
      >
        <AppShell.Header className={classes.header ?? ''}>
          <Burger
            opened={opened}
            onClick={toggle}
            hiddenFrom="md"
            size="sm"
            aria-label="Navigation"
            aria-expanded={opened}
          />
          <Link href="/" className={classes.brand} aria-label={`${brandName}: overview`}>
            <BrandMark />
            <span>{brandName}</span>
          </Link>
          {follows && <FindButton onFind={() => setSearching(true)} />}
          <div className={classes.own}>
            <ThemeSwitch />
            <AccountMenu />
          </div>
        </AppShell.Header>
        <AppShell.Navbar className={classes.navbar ?? ''} aria-label="Console">
          <Destinations all={destinationsOf(me)} place={place} />
        </AppShell.Navbar>
        <AppShell.Main id="main" tabIndex={-1} className={classes.main ?? ''}>
          <Trouble />
          {children}
        </AppShell.Main>
      </AppShell>
      {searching !== null && (
        <Suspense>
          <CommandSearch opened={searching} onClose={() => setSearching(false)} />
        </Suspense>
      )}
    </MeContext>
  );
}

function FindButton({ onFind }: { onFind(): void }) {
  return (
    <Button
      variant="default"
      className={classes.find ?? ''}
      leftSection={<Search size={16} aria-hidden />}
      onClick={onFind}
      aria-keyshortcuts={isMac ? 'Meta+K' : 'Control+K'}
    >
      <span className={classes.findWords}>Find a person or licence</span>
      <kbd className={classes.keys}>{isMac ? '⌘ K' : 'Ctrl K'}</kbd>
    </Button>
  );
}

function Destinations({ all, place }: { readonly all: readonly Destination[]; readonly place: string }) {
  return (
    <ul className={classes.destinations}>
      {all.map(({ label, href, icon: Icon }) => {
        const here = href === '/' ? place === '/' : place === href || place.startsWith(`${href}/`);
        return (
          <li key={href}>
            <Link href={href} className={classes.destination} {...(here && { 'aria-current': 'page' as const })}>
              <Icon size={18} aria-hidden />
              {label}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

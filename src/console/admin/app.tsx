import { Button } from '@mantine/core';
import { QueryErrorResetBoundary } from '@tanstack/react-query';
import { Component, type ReactNode, Suspense } from 'react';
import { Route, Router, Switch, useLocation } from 'wouter';
import { useMe } from './api/me.js';
import { problemFrom } from './api/problem.js';
import { Empty } from './kit/empty.js';
import { Failed } from './kit/failed.js';
import { LinkTo } from './kit/link-to.js';
import { Page } from './kit/page.js';
import { useSignOut } from './kit/sign-out.js';
import { Waiting } from './kit/waiting.js';
import { type ConsolePage, pages } from './pages.js';
import { Shell } from './shell/shell.js';
import classes from './shell/shell.module.css';
import { Trouble } from './shell/trouble.js';

/** The console. */
export function App() {
  return (
    <QueryErrorResetBoundary>
      {({ reset }) => (
        <Fence onRetry={reset} whole>
          <Router base="/admin">
            <Suspense fallback={<Opening />}>
              <Shell>
                <Pages />
              </Shell>
            </Suspense>
          </Router>
        </Fence>
      )}
    </QueryErrorResetBoundary>
  );
}

function Pages() {
  const [place] = useLocation();
  return (
    // A page that failed is left behind with it.
    <Fence key={place.split('/')[1] ?? ''}>
      <Suspense fallback={<Waiting lines={6} label="Loading the page" />}>
        <Switch>
          {pages.map((one) => (
            <Route key={one.path} path={one.path}>
              <Allowed {...one} />
            </Route>
          ))}
          <Route>
            <NoSuchPage />
          </Route>
        </Switch>
      </Suspense>
    </Fence>
  );
}

function Allowed({ page: Content, allowed }: ConsolePage) {
  const me = useMe();
  const signOut = useSignOut();
  if (allowed === undefined || allowed(me)) return <Content />;
  return (
    <Page title="Not for this account">
      <Empty
        title={me.scope === null ? 'This account has no part in the console.' : 'This account may not see this page.'}
        action={
          // Whoever stays signed in would be led straight back here.
          <Button variant="default" loading={signOut.busy} onClick={() => void signOut.run()}>
            Sign out and use another account
          </Button>
        }
      >
        You are signed in as {me.user.email}. Ask an administrator for the rights, or use another account.
      </Empty>
    </Page>
  );
}

function NoSuchPage() {
  return (
    <Page title="No such page">
      <Empty title="There is nothing at this address." action={<LinkTo href="/">Go to the overview</LinkTo>} />
    </Page>
  );
}

function Opening() {
  return (
    <main className={classes.screen}>
      <Trouble opening />
      <Waiting lines={4} label="Opening the console" />
    </main>
  );
}

/** Says in words that something has failed while it was drawn. */
class Fence extends Component<
  { readonly children: ReactNode; readonly whole?: boolean; readonly onRetry?: () => void },
  { readonly failed: unknown }
> {
  override state = { failed: null as unknown };

  static getDerivedStateFromError(failed: unknown) {
    return { failed };
  }

  override render() {
    const { failed } = this.state;
    if (failed === null) return this.props.children;
    const retry = () => {
      this.props.onRetry?.();
      this.setState({ failed: null });
    };
    const told = <Failed problem={problemFrom(failed)} onRetry={retry} />;
    return this.props.whole === true ? <main className={classes.screen}>{told}</main> : told;
  }
}

import { Tabs } from '@mantine/core';
import { useParams } from 'wouter';
import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import { Page } from '../../kit/page.js';
import { Unanswered } from '../../kit/unanswered.js';
import { useUrlState } from '../../kit/url-state.js';
import type { Person } from './answers.js';
import { BrowsersPanel } from './browsers-panel.js';
import { ExplainPanel } from './explain-panel.js';
import { FactorsPanel } from './factors-panel.js';
import { LicencesPanel } from './licences-panel.js';
import classes from './people.module.css';
import { PersonActions } from './person-actions.js';
import { PersonNotes } from './person-notes.js';
import { PersonState } from './person-state.js';
import { ProfilePanel } from './profile-panel.js';
import { SessionsPanel } from './sessions-panel.js';
import { SignInsPanel } from './sign-ins-panel.js';
import { TokensPanel } from './tokens-panel.js';
import { calledOf } from './words.js';

const crumbs = [{ label: 'People', href: '/people' }];

/** One account: who it is, where they sit and sat, how they sign in, and all that staff can do about it. */
export function PersonPage() {
  const { id = '' } = useParams<{ id: string }>();
  const found = useAsk<Person>(`/admin/api/users/${encodeURIComponent(id)}`);
  if (found.data === undefined) {
    return (
      <Page title="Person" crumbs={crumbs}>
        <Unanswered asked={found} lines={6} />
      </Page>
    );
  }
  return <Known person={found.data} />;
}

function Known({ person }: { readonly person: Person }) {
  const called = calledOf(person);
  return (
    <Page
      title={called}
      crumbs={crumbs}
      badge={<PersonState person={person} />}
      {...(called === person.email ? {} : { description: person.email })}
      actions={<PersonActions person={person} />}
    >
      <PersonNotes person={person} />
      <PersonTabs person={person} />
    </Page>
  );
}

function PersonTabs({ person }: { readonly person: Person }) {
  const { can } = useMe();
  const [{ tab = 'overview' }, set] = useUrlState();
  return (
    <Tabs value={tab} onChange={(next) => set({ tab: next === 'overview' ? null : next })} keepMounted={false}>
      <Tabs.List className={classes.tabs}>
        <Tabs.Tab value="overview">Overview</Tabs.Tab>
        <Tabs.Tab value="access">Ways to sign in</Tabs.Tab>
        {can('sign-in.read') && <Tabs.Tab value="sign-ins">Sign-ins</Tabs.Tab>}
        {can('usage.read') && <Tabs.Tab value="refusals">Refusals</Tabs.Tab>}
        {can('session.list') && <Tabs.Tab value="tokens">Tokens</Tabs.Tab>}
      </Tabs.List>
      <Tabs.Panel value="overview" className={classes.panels}>
        {can('session.list') && <SessionsPanel person={person} />}
        <LicencesPanel person={person} />
        <ProfilePanel person={person} />
      </Tabs.Panel>
      <Tabs.Panel value="access" className={classes.panels}>
        <FactorsPanel person={person} />
        <BrowsersPanel person={person} />
      </Tabs.Panel>
      <Tabs.Panel value="sign-ins" className={classes.panels}>
        <SignInsPanel person={person} />
      </Tabs.Panel>
      <Tabs.Panel value="refusals" className={classes.panels}>
        <ExplainPanel person={person} />
      </Tabs.Panel>
      <Tabs.Panel value="tokens" className={classes.panels}>
        <TokensPanel person={person} />
      </Tabs.Panel>
    </Tabs>
  );
}

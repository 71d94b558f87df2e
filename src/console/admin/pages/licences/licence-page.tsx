import { Tabs } from '@mantine/core';
import type { ReactNode } from 'react';
import { useParams } from 'wouter';
import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import { Page } from '../../kit/page.js';
import { Unanswered } from '../../kit/unanswered.js';
import { useUrlState } from '../../kit/url-state.js';
import { AppointmentsPanel } from './appointments-panel.js';
import { InvitationsPanel } from './invitations-panel.js';
import { LicenceActions } from './licence-actions.js';
import { licencePath } from './licence-calls.js';
import { LicenceHead } from './licence-head.js';
import { LicenceState } from './licence-state.js';
import type { Licence } from './licence-types.js';
import classes from './licences.module.css';
import { MembersPanel } from './members-panel.js';
import { PolicyPanel } from './policy-panel.js';
import { RefusalsPanel } from './refusals-panel.js';
import { SeatsPanel } from './seats-panel.js';
import { UsagePanel } from './usage-panel.js';
import { useRights } from './use-rights.js';

const crumbs = [{ label: 'Licences', href: '/licences' }];

/** One licence: how full it is, who sits in it, and everything that can be done about it. */
export function LicencePage() {
  const { id = '' } = useParams<{ id: string }>();
  const licence = useAsk<Licence>(licencePath(id));
  if (licence.data !== undefined) return <Shown key={id} licence={licence.data} />;
  return (
    <Page title="Licence" crumbs={crumbs}>
      <Unanswered asked={licence} lines={8} label="Loading the licence" />
    </Page>
  );
}

interface Tab {
  readonly name: string;
  readonly label: string;
  readonly permission: string;
  readonly staffOnly?: boolean;
  readonly panel: (licence: Licence) => ReactNode;
}

const tabs: readonly Tab[] = [
  {
    name: 'seats',
    label: 'Who sits',
    permission: 'licence.read',
    panel: (licence) => <SeatsPanel licence={licence} />,
  },
  { name: 'usage', label: 'Usage', permission: 'usage.read', panel: (licence) => <UsagePanel licence={licence} /> },
  {
    name: 'members',
    label: 'Members',
    permission: 'licence.read',
    panel: (licence) => <MembersPanel licence={licence} />,
  },
  {
    name: 'invitations',
    label: 'Invitations',
    permission: 'licence.read',
    panel: (licence) => <InvitationsPanel licence={licence} />,
  },
  {
    name: 'refusals',
    label: 'Refusals',
    permission: 'usage.read',
    panel: (licence) => <RefusalsPanel licence={licence} />,
  },
  {
    name: 'policy',
    label: 'Policy',
    permission: 'licence.read',
    panel: (licence) => <PolicyPanel licence={licence} />,
  },
  {
    name: 'managers',
    label: 'Who manages it',
    permission: 'licence.read',
    staffOnly: true,
    panel: (licence) => <AppointmentsPanel kind="licences" id={licence.id} name={licence.name} />,
  },
];

function Shown({ licence }: { readonly licence: Licence }) {
  const me = useMe();
  const may = useRights();
  const [params, set] = useUrlState();
  const shown = tabs.filter(({ permission, staffOnly }) => (staffOnly === true ? me.can(permission) : may(permission)));
  const tab = shown.find(({ name }) => name === params['tab'])?.name ?? 'seats';
  return (
    <Page
      title={licence.name}
      crumbs={crumbs}
      badge={<LicenceState licence={licence} />}
      actions={<LicenceActions licence={licence} />}
    >
      <LicenceHead licence={licence} />
      <Tabs
        value={tab}
        keepMounted={false}
        // What was searched for in one part means nothing in the next.
        onChange={(next) => set({ tab: next === 'seats' ? null : next, q: null, sort: null })}
      >
        <Tabs.List aria-label={`About ${licence.name}`} className={classes.tabs ?? ''}>
          {shown.map(({ name, label }) => (
            <Tabs.Tab key={name} value={name}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {shown.map(({ name, panel }) => (
          <Tabs.Panel key={name} value={name} className={classes.panel ?? ''}>
            {panel(licence)}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}

import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { Me } from './api/me.js';

/** A page of the console: where it is, who may come, and what is loaded for it when somebody does. */
export interface ConsolePage {
  readonly path: string;
  readonly page: LazyExoticComponent<ComponentType>;
  /** Left out: everybody who may see the console. */
  readonly allowed?: (me: Me) => boolean;
}

const readsLicences = (me: Me) => me.scope !== null;
const reads = (permission: string) => (me: Me) => me.can(permission);

/** Every page of the console. */
export const pages: readonly ConsolePage[] = [
  {
    path: '/',
    page: lazy(() => import('./pages/overview/overview-page.js').then((file) => ({ default: file.OverviewPage }))),
    allowed: readsLicences,
  },
  {
    path: '/sessions',
    page: lazy(() => import('./pages/sessions/sessions-page.js').then((file) => ({ default: file.SessionsPage }))),
    allowed: (me) => me.can('session.list') || me.managesOnly,
  },
  {
    path: '/licences',
    page: lazy(() => import('./pages/licences/licences-page.js').then((file) => ({ default: file.LicencesPage }))),
    allowed: readsLicences,
  },
  {
    path: '/licences/:id',
    page: lazy(() => import('./pages/licences/licence-page.js').then((file) => ({ default: file.LicencePage }))),
    allowed: readsLicences,
  },
  {
    path: '/licences/:id/report',
    page: lazy(() => import('./pages/licences/report-page.js').then((file) => ({ default: file.LicenceReportPage }))),
    allowed: readsLicences,
  },
  {
    path: '/owners',
    page: lazy(() => import('./pages/owners/owners-page.js').then((file) => ({ default: file.OwnersPage }))),
    allowed: readsLicences,
  },
  {
    path: '/owners/:id',
    page: lazy(() => import('./pages/owners/owner-page.js').then((file) => ({ default: file.OwnerPage }))),
    allowed: readsLicences,
  },
  {
    path: '/people',
    page: lazy(() => import('./pages/people/people-page.js').then((file) => ({ default: file.PeoplePage }))),
    allowed: reads('user.read'),
  },
  {
    path: '/people/:id',
    page: lazy(() => import('./pages/people/person-page.js').then((file) => ({ default: file.PersonPage }))),
    allowed: reads('user.read'),
  },
  {
    path: '/audit',
    page: lazy(() => import('./pages/audit/audit-page.js').then((file) => ({ default: file.AuditPage }))),
    allowed: reads('audit.read'),
  },
  {
    path: '/roles',
    page: lazy(() => import('./pages/roles/roles-page.js').then((file) => ({ default: file.RolesPage }))),
    allowed: reads('role.read'),
  },
  {
    path: '/roles/:id',
    page: lazy(() => import('./pages/roles/role-page.js').then((file) => ({ default: file.RolePage }))),
    allowed: reads('role.read'),
  },
  {
    path: '/settings',
    page: lazy(() => import('./pages/settings/settings-page.js').then((file) => ({ default: file.SettingsPage }))),
    allowed: reads('settings.read'),
  },
];

import {
  Building2,
  Gauge,
  KeyRound,
  type LucideIcon,
  MonitorSmartphone,
  ScrollText,
  Settings,
  ShieldCheck,
  Users,
} from 'lucide-react';
import type { Me } from '../api/me.js';
import { pages } from '../pages.js';

/** A page that is always a step away. */
export interface Destination {
  readonly label: string;
  readonly href: string;
  readonly icon: LucideIcon;
}

const destinations: readonly Destination[] = [
  { label: 'Overview', href: '/', icon: Gauge },
  { label: 'Sessions', href: '/sessions', icon: MonitorSmartphone },
  { label: 'Licences', href: '/licences', icon: KeyRound },
  { label: 'Owners', href: '/owners', icon: Building2 },
  { label: 'People', href: '/people', icon: Users },
  { label: 'Roles', href: '/roles', icon: ShieldCheck },
  { label: 'Audit', href: '/audit', icon: ScrollText },
  { label: 'Settings', href: '/settings', icon: Settings },
];

/** The pages this person may see, as the navigation lists them. */
export function destinationsOf(me: Me): Destination[] {
  return destinations.filter(({ href }) => pages.some(({ path, allowed }) => path === href && (allowed?.(me) ?? true)));
}

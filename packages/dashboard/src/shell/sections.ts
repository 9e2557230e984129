import {
  BookOpen,
  Bot,
  Building2,
  CalendarClock,
  HeartPulse,
  Inbox,
  Layers,
  ListChecks,
  Route,
  ScrollText,
  ShieldCheck,
  Store,
  UserRoundCheck,
  Users,
  Workflow,
} from 'lucide-react'
import { useMay } from '../sign-in/permissions.ts'

/** The places of the product, in the order of the navigation. */
const SECTIONS = [
  { to: '/', label: 'Tasks', icon: ListChecks, keys: 'g t' },
  { to: '/runs', label: 'Runs', icon: Route, keys: 'g n' },
  { to: '/approvals', label: 'Approvals', icon: UserRoundCheck, keys: 'g p' },
  { to: '/agents', label: 'Agents', icon: Bot, keys: 'g a' },
  { to: '/workflows', label: 'Workflows', icon: Workflow, keys: 'g w' },
  {
    to: '/marketplace',
    label: 'Marketplace',
    icon: Store,
    keys: 'g k',
  },
  { to: '/schedules', label: 'Schedules', icon: CalendarClock, keys: 'g s' },
  { to: '/queues', label: 'Queues', icon: Layers, keys: 'g u' },
  { to: '/quarantine', label: 'Quarantine', icon: Inbox, keys: 'g q' },
  { to: '/status', label: 'Health', icon: HeartPulse, keys: 'g h' },
  { to: '/reference', label: 'API reference', icon: BookOpen, keys: 'g r' },
  { to: '/members', label: 'Members', icon: Users, keys: 'g m', needs: 'member.read' },
  { to: '/access', label: 'Access', icon: ShieldCheck, keys: 'g c', needs: 'role.read' },
  { to: '/audit', label: 'Audit log', icon: ScrollText, keys: 'g l', needs: 'audit.read' },
  { to: '/tenants', label: 'Tenants', icon: Building2, keys: 'g e', needs: 'tenant.manage' },
] as const

export type Section = (typeof SECTIONS)[number]

/** Those that who is signed in may see something at. */
export const useSections = (): readonly Section[] => {
  const may = useMay()
  return SECTIONS.filter((section) => !('needs' in section) || may(section.needs))
}

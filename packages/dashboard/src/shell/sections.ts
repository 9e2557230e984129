import {
  BookOpen,
  Bot,
  CalendarClock,
  HeartPulse,
  Inbox,
  Layers,
  ListChecks,
  Route,
  UserRoundCheck,
  Workflow,
} from 'lucide-react'

/** The places of the product, in the order of the navigation. */
export const SECTIONS = [
  { to: '/', label: 'Tasks', icon: ListChecks, keys: 'g t' },
  { to: '/runs', label: 'Runs', icon: Route, keys: 'g n' },
  { to: '/approvals', label: 'Approvals', icon: UserRoundCheck, keys: 'g p' },
  { to: '/agents', label: 'Agents', icon: Bot, keys: 'g a' },
  { to: '/workflows', label: 'Workflows', icon: Workflow, keys: 'g w' },
  { to: '/schedules', label: 'Schedules', icon: CalendarClock, keys: 'g s' },
  { to: '/queues', label: 'Queues', icon: Layers, keys: 'g u' },
  { to: '/quarantine', label: 'Quarantine', icon: Inbox, keys: 'g q' },
  { to: '/status', label: 'Health', icon: HeartPulse, keys: 'g h' },
  { to: '/reference', label: 'API reference', icon: BookOpen, keys: 'g r' },
] as const

import { BookOpen, Bot, CalendarClock, HeartPulse, Inbox, Layers, ListChecks } from 'lucide-react'

/** The places of the product, in the order of the navigation. */
export const SECTIONS = [
  { to: '/', label: 'Tasks', icon: ListChecks, keys: 'g t' },
  { to: '/agents', label: 'Agents', icon: Bot, keys: 'g a' },
  { to: '/schedules', label: 'Schedules', icon: CalendarClock, keys: 'g s' },
  { to: '/queues', label: 'Queues', icon: Layers, keys: 'g u' },
  { to: '/quarantine', label: 'Quarantine', icon: Inbox, keys: 'g q' },
  { to: '/status', label: 'Health', icon: HeartPulse, keys: 'g h' },
  { to: '/reference', label: 'API reference', icon: BookOpen, keys: 'g r' },
] as const

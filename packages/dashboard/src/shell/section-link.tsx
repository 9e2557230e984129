import { Link } from '@tanstack/react-router'
import { useApprovalCount } from '../runs/use-approvals.ts'
import { cx } from '../ui/cx.ts'
import type { Section } from './sections.ts'

const SHAPES = {
  side: 'h-8 gap-2.5 rounded-lg px-2 text-sm transition-colors hover:bg-hover hover:text-ink aria-[current]:bg-selected aria-[current]:text-ink',
  bottom: 'h-14 flex-col justify-center gap-1 text-2xs aria-[current]:text-accent',
} as const

/** A way to one of the places of the product; at the inbox stands how much waits there. */
export const SectionLink = ({
  section: { to, label, icon: Icon },
  bar,
}: {
  section: Section
  bar: keyof typeof SHAPES
}) => (
  <Link
    to={to}
    activeOptions={{ exact: to === '/', includeSearch: false }}
    className={cx('relative flex items-center font-medium text-muted', SHAPES[bar])}
  >
    <Icon size={bar === 'side' ? 16 : 19} strokeWidth={1.9} aria-hidden />
    {label}
    {to === '/approvals' && <WaitingCount bar={bar} />}
  </Link>
)

const WaitingCount = ({ bar }: { bar: keyof typeof SHAPES }) => {
  const { count, isMore } = useApprovalCount()
  if (count === 0) return null
  return (
    <span
      className={cx(
        'rounded-full bg-warn-soft px-1.5 text-2xs leading-4.5 font-semibold text-warn tabular-nums',
        bar === 'side' ? 'ml-auto' : 'absolute top-1 left-1/2 ml-1',
      )}
    >
      {isMore ? `${count}+` : count}
      <span className="sr-only"> waiting</span>
    </span>
  )
}

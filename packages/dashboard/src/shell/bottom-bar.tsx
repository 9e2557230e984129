import { useNavigate, useRouterState } from '@tanstack/react-router'
import { Ellipsis } from 'lucide-react'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { SectionLink } from './section-link.tsx'
import { useSections, type Section } from './sections.ts'

/** As many as a thumb can tell apart; the others are behind the last place. */
const PLACES = 4
const itemClass =
  'flex h-14 flex-col items-center justify-center gap-1 text-2xs font-medium text-muted aria-[current]:text-accent'

/** The navigation on a phone. */
export const BottomBar = () => {
  const sections = useSections()
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-20 grid grid-cols-5 border-t border-line bg-canvas pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {sections.slice(0, PLACES).map((section) => (
        <SectionLink key={section.to} section={section} bar="bottom" />
      ))}
      <MorePlaces places={sections.slice(PLACES)} />
    </nav>
  )
}

const MorePlaces = ({ places }: { places: readonly Section[] }) => {
  const navigate = useNavigate()
  const path = useRouterState({ select: (state) => state.location.pathname })
  const present = places.find(({ to }) => path.startsWith(to))
  const Icon = present?.icon ?? Ellipsis
  return (
    <Menu
      trigger={
        <button type="button" aria-current={present && 'page'} className={itemClass}>
          <Icon size={19} strokeWidth={1.8} aria-hidden />
          {present?.label ?? 'More'}
        </button>
      }
    >
      {places.map(({ to, label, icon: PlaceIcon }) => (
        <MenuItem key={to} onSelect={() => void navigate({ to })}>
          <PlaceIcon size={15} aria-hidden /> {label}
        </MenuItem>
      ))}
    </Menu>
  )
}

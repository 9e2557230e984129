import { Link, useNavigate, useRouterState } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { Fragment, useEffect, useRef, type ReactNode } from 'react'
import { startLiveEvents } from '../live/live-events.ts'
import { useGroupAlerts } from '../quarantine/use-group-alerts.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Kbd } from '../ui/badge.tsx'
import { IconButton } from '../ui/button.tsx'
import { Logo } from '../ui/logo.tsx'
import { AccountMenu } from './account-menu.tsx'
import { BottomBar } from './bottom-bar.tsx'
import { Connection } from './connection.tsx'
import { OverlayHost } from './overlay-host.tsx'
import { openOverlay } from './overlays.ts'
import { PALETTE_KEYS } from './platform.ts'
import { SectionLink } from './section-link.tsx'
import { useSections } from './sections.ts'
import { useShortcuts } from './shortcuts.ts'

/** The frame around every page: navigation, live connection, dialogs, shortcuts. */
export const AppShell = ({ children }: { children: ReactNode }) => {
  useEffect(startLiveEvents, [])
  useGroupAlerts()
  useAppShortcuts()
  return (
    <>
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-lg bg-ink px-3 py-2 text-sm text-inverse focus:translate-y-0"
      >
        Skip to content
      </a>
      <SideBar />
      <TopBar />
      <Content>{children}</Content>
      <BottomBar />
      <OverlayHost />
    </>
  )
}

const useAppShortcuts = () => {
  const may = useMay()
  const navigate = useNavigate()
  const sections = useSections().map(({ keys, to }) => [keys, () => void navigate({ to })] as const)
  useShortcuts({
    ...Object.fromEntries(sections),
    'mod+k': () => openOverlay('palette'),
    '?': () => openOverlay('shortcuts'),
    ...(may('task.create') ? { n: () => openOverlay('new-task') } : {}),
    '/': () => document.querySelector<HTMLElement>('[data-page-search]')?.focus(),
    j: () => moveRowFocus(1),
    k: () => moveRowFocus(-1),
  })
}

/** Rows that take part carry `data-row` on their link. */
const moveRowFocus = (step: 1 | -1) => {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')]
  const index = rows.findIndex((row) => row === document.activeElement)
  rows.at(index === -1 && step === -1 ? 0 : Math.min(index + step, rows.length - 1))?.focus()
}

/** A new page starts with its content focused, so that keyboard and reader users arrive there. */
const Content = ({ children }: { children: ReactNode }) => {
  const element = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname })
  const lastPath = useRef(path)
  useEffect(() => {
    if (lastPath.current !== undefined && lastPath.current !== path)
      element.current?.focus({ preventScroll: true })
    lastPath.current = path
  }, [path])
  return (
    <main
      ref={element}
      id="content"
      tabIndex={-1}
      className="min-h-dvh pb-24 outline-none md:pb-12 md:pl-58"
    >
      <div className="mx-auto max-w-6xl px-4 pt-5 md:px-8 md:pt-8">{children}</div>
    </main>
  )
}

const SideBar = () => (
  <div className="fixed inset-y-0 left-0 z-20 hidden w-58 flex-col border-r border-line bg-sunken p-3 md:flex">
    <div className="flex items-center justify-between px-2 pt-1 pb-4">
      <Link to="/" aria-label="Cadre, tasks" className="flex items-center gap-2.5 rounded-md">
        <Logo />
        <span className="text-lg font-semibold tracking-tight">Cadre</span>
      </Link>
      <Connection className="justify-end" />
    </div>
    <button
      type="button"
      onClick={() => openOverlay('palette')}
      className="mb-3 flex h-8.5 w-full items-center gap-2 rounded-lg border border-line bg-surface px-2.5 text-sm text-faint shadow-card hover:border-line-strong"
    >
      <Search size={14} aria-hidden />
      <span className="flex-1 text-left">Find anything</span>
      <PaletteKeys />
    </button>
    <nav aria-label="Main" className="flex flex-1 flex-col gap-0.5">
      <Sections />
    </nav>
    <AccountMenu />
  </div>
)

/** The places of the work, then those of who may do what. */
const Sections = () => {
  const sections = useSections()
  const firstOfRule = sections.find((section) => 'needs' in section)
  return sections.map((section) => (
    <Fragment key={section.to}>
      {section === firstOfRule && (
        <p className="mt-3 mb-1 px-2 text-2xs text-faint">Administration</p>
      )}
      <SectionLink section={section} bar="side" />
    </Fragment>
  ))
}

const PaletteKeys = () => (
  <span className="flex gap-0.5">
    {PALETTE_KEYS.map((key) => (
      <Kbd key={key}>{key}</Kbd>
    ))}
  </span>
)

const TopBar = () => (
  <header className="sticky top-0 z-20 flex h-13 items-center gap-2 border-b border-line bg-canvas px-4 md:hidden">
    <Link to="/" aria-label="Cadre, tasks" className="flex items-center gap-2 rounded-md">
      <Logo size={20} />
      <span className="font-semibold tracking-tight">Cadre</span>
    </Link>
    <Connection className="mr-auto ml-1" />
    <IconButton label="Find anything" onClick={() => openOverlay('palette')}>
      <Search size={17} aria-hidden />
    </IconButton>
    <AccountMenu isCompact />
  </header>
)

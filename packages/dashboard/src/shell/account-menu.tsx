import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { ChevronsUpDown, Keyboard, LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react'
import type { ReactNode } from 'react'
import { messageOf } from '../api/client.ts'
import { sessionQuery, signOut } from '../sign-in/session.ts'
import { Menu, MenuChoices, MenuItem, MenuLabel, MenuSeparator } from '../ui/menu.tsx'
import { notify } from '../ui/toast.tsx'
import { openOverlay } from './overlays.ts'
import { setTheme, useTheme, type Theme } from './theme.ts'

const THEME_LABELS: readonly { value: Theme; label: ReactNode }[] = [
  { value: 'system', label: <ThemeLabel icon={<Monitor size={14} aria-hidden />} text="System" /> },
  { value: 'light', label: <ThemeLabel icon={<Sun size={14} aria-hidden />} text="Light" /> },
  { value: 'dark', label: <ThemeLabel icon={<Moon size={14} aria-hidden />} text="Dark" /> },
]

function ThemeLabel({ icon, text }: { icon: ReactNode; text: string }) {
  return (
    <>
      {icon}
      {text}
    </>
  )
}

export const AccountMenu = ({ isCompact = false }: { isCompact?: boolean }) => {
  const session = useQuery(sessionQuery)
  const theme = useTheme()
  const navigate = useNavigate()
  const leave = useMutation({
    mutationFn: signOut,
    onError: (error) => notify(messageOf(error)),
  })
  const name = session.data?.name ?? ''
  const avatar = (
    <span
      aria-hidden
      className="grid size-6 shrink-0 place-items-center rounded-md bg-ink text-2xs font-semibold text-inverse uppercase"
    >
      {name.slice(0, 1)}
    </span>
  )

  return (
    <Menu
      trigger={
        isCompact ? (
          <button
            type="button"
            aria-label={`Account: ${name}`}
            className="grid size-8.5 place-items-center rounded-md hover:bg-hover"
          >
            {avatar}
          </button>
        ) : (
          <button
            type="button"
            className="flex w-full items-center gap-2.5 rounded-lg p-1.5 text-left hover:bg-hover data-[state=open]:bg-hover"
          >
            {avatar}
            <span className="min-w-0 flex-1">
              <span className="block truncate text-sm leading-4 font-medium">{name}</span>
              <span className="block truncate text-2xs text-faint">{session.data?.role}</span>
            </span>
            <ChevronsUpDown size={14} className="text-faint" aria-hidden />
          </button>
        )
      }
    >
      <MenuItem onSelect={() => void navigate({ to: '/account' })}>
        <UserRound size={14} aria-hidden /> Your account
      </MenuItem>
      <MenuSeparator />
      <MenuLabel>Theme</MenuLabel>
      <MenuChoices value={theme} choices={THEME_LABELS} onChange={setTheme} />
      <MenuSeparator />
      <MenuItem onSelect={() => openOverlay('shortcuts')}>
        <Keyboard size={14} aria-hidden /> Keyboard shortcuts
      </MenuItem>
      <MenuItem onSelect={() => leave.mutate()}>
        <LogOut size={14} aria-hidden /> Sign out
      </MenuItem>
    </Menu>
  )
}

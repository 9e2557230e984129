import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { Keyboard, Monitor, Moon, Plus, Search, Sun, Upload, type LucideIcon } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../sign-in/permissions.ts'
import { Kbd } from '../ui/badge.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { openOverlay } from './overlays.ts'
import { PaletteFinds } from './palette-finds.tsx'
import { PaletteGroup, PaletteItem } from './palette-item.tsx'
import { useSections } from './sections.ts'
import { setTheme } from './theme.ts'

interface PaletteCommand {
  group: string
  label: string
  icon: LucideIcon
  keys?: string
  run: () => unknown
}

/** Goes anywhere and starts anything by typing a part of its name. */
export const CommandPalette = ({ onClose }: { onClose: () => void }) => {
  const [text, setText] = useState('')
  const q = text.trim()
  const runAndClose = (run: () => unknown) => {
    onClose()
    void run()
  }
  return (
    <Dialog isOpen onClose={onClose} title="Find anything" hasPlainFrame>
      <Command label="Find anything" loop shouldFilter={false}>
        <div className="flex items-center gap-2.5 border-b border-line px-4">
          <Search size={16} className="text-faint" aria-hidden />
          <Command.Input
            value={text}
            onValueChange={setText}
            data-initial-focus
            maxLength={200}
            placeholder="Find a task, an agent or a command"
            className="h-12 min-w-0 flex-1 bg-transparent text-base outline-none"
          />
          <Kbd>Esc</Kbd>
        </div>
        <Command.List className="max-h-[min(24rem,60dvh)] scroll-py-2 overflow-y-auto p-2">
          <Command.Empty className="px-2 py-8 text-center text-sm text-muted">
            Nothing of that name
          </Command.Empty>
          <Commands text={text} onRun={runAndClose} />
          {q !== '' && <PaletteFinds q={q} onRun={runAndClose} />}
        </Command.List>
      </Command>
    </Dialog>
  )
}

const Commands = ({ text, onRun }: { text: string; onRun: (run: () => unknown) => void }) => {
  const navigate = useNavigate()
  const places = useSections().map(({ to, ...section }): PaletteCommand => {
    return { ...section, group: 'Go to', run: () => navigate({ to }) }
  })
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const may = useMay()
  const found = [...ACTIONS.filter(({ needs }) => may(needs)), ...places, ...SETTINGS].filter(
    ({ group, label }) => words.every((word) => `${group} ${label}`.toLowerCase().includes(word)),
  )
  return [...new Set(found.map((command) => command.group))].map((group) => (
    <PaletteGroup key={group} heading={group}>
      {found
        .filter((command) => command.group === group)
        .map(({ label, icon: Icon, keys, run }) => (
          <PaletteItem
            key={label}
            id={label}
            icon={<Icon size={15} />}
            keys={keys}
            onSelect={() => onRun(run)}
          >
            {label}
          </PaletteItem>
        ))}
    </PaletteGroup>
  ))
}

const ACTIONS: readonly (PaletteCommand & { needs: string })[] = [
  {
    group: 'Do',
    label: 'New task',
    needs: 'task.create',
    icon: Plus,
    keys: 'n',
    run: () => openOverlay('new-task'),
  },
  {
    group: 'Do',
    label: 'Publish agent',
    needs: 'agent.publish',
    icon: Upload,
    run: () => openOverlay('publish-agent'),
  },
]

const SETTINGS: readonly PaletteCommand[] = [
  { group: 'Look', label: 'Light theme', icon: Sun, run: () => setTheme('light') },
  { group: 'Look', label: 'Dark theme', icon: Moon, run: () => setTheme('dark') },
  { group: 'Look', label: 'Theme of the system', icon: Monitor, run: () => setTheme('system') },
  {
    group: 'Look',
    label: 'Keyboard shortcuts',
    icon: Keyboard,
    keys: '?',
    run: () => openOverlay('shortcuts'),
  },
]

import { Command } from 'cmdk'
import type { ReactNode } from 'react'
import { Kbd } from '../ui/badge.tsx'

export const PaletteGroup = ({ heading, children }: { heading: string; children: ReactNode }) => (
  <Command.Group
    heading={heading}
    className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-faint"
  >
    {children}
  </Command.Group>
)

export interface PaletteItemProps {
  /** Unique within the palette. */
  id: string
  icon: ReactNode
  children: ReactNode
  keys?: string | undefined
  note?: string
  onSelect: () => void
}

export const PaletteItem = ({ id, icon, children, keys, note, onSelect }: PaletteItemProps) => (
  <Command.Item
    value={id}
    onSelect={onSelect}
    className="flex h-9 cursor-default items-center gap-2.5 rounded-lg px-2 text-sm select-none data-[selected=true]:bg-selected"
  >
    <span aria-hidden className="grid size-4 place-items-center text-muted">
      {icon}
    </span>
    <span className="min-w-0 flex-1 truncate">{children}</span>
    {note !== undefined && <span className="max-w-40 truncate text-xs text-faint">{note}</span>}
    {keys !== undefined && (
      <span className="flex gap-1">
        {keys.split(' ').map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </span>
    )}
  </Command.Item>
)

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { Check, ChevronDown } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useState, type ReactNode } from 'react'
import { messageOf } from '../api/client.ts'
import { cx } from './cx.ts'
import { controlClass, type FieldControl } from './field.tsx'
import { capital } from './format.ts'
import { menuItemClass, menuSurfaceClass } from './menu.tsx'

/** Things that are named, and found by part of the name. */
export interface PickerSource<Item> {
  /** What they are, such as `agent`. */
  noun: string
  /** Key of what was found, but for the text. */
  queryKey: readonly unknown[]
  search: (text: string) => Promise<readonly Item[]>
  idOf: (item: Item) => string
  nameOf: (item: Item) => string
  versionOf: (item: Item) => string
}

export interface PickerProps<Item> {
  source: PickerSource<Item>
  /** The chosen one; its name stands in the button. */
  chosen: { id: string; name: string } | null
  onChoose: (item: Item | null) => void
  placeholder: string
  /** Offers a way back to nothing, named so. */
  clearLabel?: string | undefined
  trigger?: ReactNode
  control?: FieldControl | undefined
}

/** Chooses one of many by typing part of its name. */
export const Picker = <Item,>(props: PickerProps<Item>) => {
  const [isOpen, setOpen] = useState(false)
  const choose = (item: Item | null) => {
    props.onChoose(item)
    setOpen(false)
  }
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        {props.trigger ?? (
          <button
            type="button"
            {...props.control}
            className={cx(controlClass, 'flex h-8.5 items-center gap-2 pr-2.5 text-left')}
          >
            <span className={cx('min-w-0 flex-1 truncate', props.chosen === null && 'text-faint')}>
              {props.chosen?.name ?? props.placeholder}
            </span>
            <ChevronDown size={14} className="text-faint" aria-hidden />
          </button>
        )}
      </Popover.Trigger>
      {/* Not in a portal: within a modal dialog only the dialog's own content is reachable. */}
      <Popover.Content
        align="start"
        sideOffset={6}
        collisionPadding={12}
        className={cx(menuSurfaceClass, 'w-72')}
      >
        <Choices {...props} onChoose={choose} />
      </Popover.Content>
    </Popover.Root>
  )
}

const Choices = <Item,>({ source, chosen, clearLabel, onChoose }: PickerProps<Item>) => {
  const [text, setText] = useState('')
  const q = text.trim()
  const found = useQuery({
    queryKey: [...source.queryKey, q],
    queryFn: () => source.search(q),
    placeholderData: keepPreviousData,
  })
  // What was found for fewer letters must match all of them: Enter takes the first.
  const items = (found.data ?? []).filter(
    (item) => !found.isPlaceholderData || isNamed(source.nameOf(item), q),
  )
  return (
    <Command shouldFilter={false} label={`${capital(source.noun)}s`}>
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder={`Find ${/^[aeiou]/.test(source.noun) ? 'an' : 'a'} ${source.noun}`}
        className="mb-1 h-8 w-full border-b border-line bg-transparent px-2 text-sm outline-none"
      />
      <Command.List className="max-h-64 overflow-y-auto">
        {found.isError && <p className="p-2 text-sm text-bad">{messageOf(found.error)}</p>}
        {found.isSuccess && (
          <Command.Empty className="p-2 text-sm text-muted">
            No {source.noun} of that name
          </Command.Empty>
        )}
        {clearLabel !== undefined && q === '' && (
          <Choice isChosen={chosen === null} value="" onSelect={() => onChoose(null)}>
            {clearLabel}
          </Choice>
        )}
        {items.map((item) => (
          <Choice
            key={source.idOf(item)}
            value={source.idOf(item)}
            isChosen={source.idOf(item) === chosen?.id}
            onSelect={() => onChoose(item)}
          >
            <span className="min-w-0 flex-1 truncate">{source.nameOf(item)}</span>
            <span className="text-xs text-faint">{source.versionOf(item)}</span>
          </Choice>
        ))}
      </Command.List>
    </Command>
  )
}

/** Whether a name contains what was typed so far. */
const isNamed = (name: string, text: string) => name.toLowerCase().includes(text.toLowerCase())

const Choice = ({
  value,
  isChosen,
  onSelect,
  children,
}: {
  value: string
  isChosen: boolean
  onSelect: () => void
  children: ReactNode
}) => (
  <Command.Item
    value={value || 'none'}
    onSelect={onSelect}
    className={cx(menuItemClass, 'data-[selected=true]:bg-hover')}
  >
    {children}
    {isChosen && <Check size={14} aria-hidden />}
  </Command.Item>
)

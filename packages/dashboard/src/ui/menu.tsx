import { Check, Ellipsis } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'
import { IconButton } from './button.tsx'

export const menuSurfaceClass =
  'z-40 min-w-44 animate-pop rounded-lg bg-raised p-1 text-sm text-ink shadow-pop'
export const menuItemClass =
  'flex h-8 cursor-default items-center gap-2 rounded-md px-2 outline-none select-none data-[highlighted]:bg-hover aria-disabled:opacity-50'

/** A menu under its button. Not modal: modal ones inject a style element to lock scrolling. */
export const Menu = ({ trigger, children }: { trigger: ReactNode; children: ReactNode }) => (
  <DropdownMenu.Root modal={false}>
    <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
    <DropdownMenu.Portal>
      <DropdownMenu.Content
        align="end"
        sideOffset={6}
        collisionPadding={12}
        className={menuSurfaceClass}
      >
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Portal>
  </DropdownMenu.Root>
)

/** What else can be done, beside the buttons for what is done often. */
export const MoreMenu = ({
  label,
  isFramed = false,
  children,
}: {
  /** Read aloud, such as `More about nightly-report`. */
  label: string
  /** Beside buttons that have a frame. */
  isFramed?: boolean
  children: ReactNode
}) => (
  <Menu
    trigger={
      <IconButton
        label={label}
        className={isFramed ? 'border border-line-strong bg-surface' : undefined}
      >
        <Ellipsis size={16} aria-hidden />
      </IconButton>
    }
  >
    {children}
  </Menu>
)

export const MenuItem = ({ children, onSelect }: { children: ReactNode; onSelect: () => void }) => (
  <DropdownMenu.Item className={menuItemClass} onSelect={onSelect}>
    {children}
  </DropdownMenu.Item>
)

export interface MenuChoice<Value extends string> {
  value: Value
  label: ReactNode
}

/** Radio items: exactly one of `choices` holds. */
export const MenuChoices = <Value extends string>({
  value,
  choices,
  onChange,
}: {
  value: Value
  choices: readonly MenuChoice<Value>[]
  onChange: (value: Value) => void
}) => (
  <DropdownMenu.RadioGroup value={value} onValueChange={(next) => onChange(next as Value)}>
    {choices.map((choice) => (
      <DropdownMenu.RadioItem key={choice.value} value={choice.value} className={menuItemClass}>
        <span className="flex flex-1 items-center gap-2">{choice.label}</span>
        <DropdownMenu.ItemIndicator>
          <Check size={14} aria-hidden />
        </DropdownMenu.ItemIndicator>
      </DropdownMenu.RadioItem>
    ))}
  </DropdownMenu.RadioGroup>
)

export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <DropdownMenu.Label className="px-2 pt-1.5 pb-1 text-xs text-faint">
    {children}
  </DropdownMenu.Label>
)
export const MenuSeparator = () => <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-line" />

import { ChevronDown } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { buttonClass } from './button.tsx'
import { cx } from './cx.ts'
import { capital } from './format.ts'
import { Menu, MenuChoices, type MenuChoice } from './menu.tsx'

/** The button of a filter: quiet until something is chosen. */
export const FilterButton = ({
  isSet,
  children,
  ...rest
}: { isSet: boolean; children: ReactNode } & ComponentProps<'button'>) => (
  <button
    type="button"
    {...rest}
    className={cx(buttonClass(), 'max-w-56', !isSet && 'font-normal text-muted')}
  >
    {children}
    <ChevronDown size={14} className="shrink-0 text-faint" aria-hidden />
  </button>
)

const ANY = ''

/** A filter by one of some values; `noun` names it, such as `category`. */
export const ChoiceFilter = <Value extends string>({
  noun,
  value,
  choices,
  onChange,
}: {
  noun: string
  value: Value | undefined
  choices: readonly MenuChoice<Value>[]
  onChange: (value: Value | undefined) => void
}) => (
  <Menu
    trigger={
      <FilterButton isSet={value !== undefined} aria-label={`Filter by ${noun}`}>
        <span className="inline-flex min-w-0 items-center gap-2 truncate">
          {value === undefined
            ? capital(noun)
            : (choices.find((choice) => choice.value === value)?.label ?? value)}
        </span>
      </FilterButton>
    }
  >
    <div className="max-h-80 overflow-y-auto">
      <MenuChoices<Value | typeof ANY>
        value={value ?? ANY}
        onChange={(next) => onChange(next === ANY ? undefined : next)}
        choices={[{ value: ANY, label: `Any ${noun}` }, ...choices]}
      />
    </div>
  </Menu>
)

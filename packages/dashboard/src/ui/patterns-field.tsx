import { type ReactNode } from 'react'
import { Field, TextArea } from './field.tsx'

/** Patterns as they are written: separated by spaces, commas or lines. */
export const patternsOf = (text: string): string[] => [
  ...new Set(text.split(/[\s,]+/).filter((pattern) => pattern !== '')),
]

/** Nouns that are pressed to write their pattern. */
const nounsOf = (actions: readonly string[]): string[] =>
  [...new Set(actions.map((action) => `${action.split('.')[0]}.*`))].toSorted()

/** Where patterns of actions such as `task.*` are written, or put together by pressing them. */
export const PatternsField = ({
  label,
  hint,
  isOptional,
  actions,
  value,
  onChange,
  error,
}: {
  label: string
  hint: ReactNode
  isOptional?: boolean
  /** Those that there are. */
  actions: readonly string[]
  value: string
  onChange: (text: string) => void
  error: ReactNode
}) => {
  const chosen = patternsOf(value)
  const toggle = (pattern: string) =>
    onChange(
      (chosen.includes(pattern)
        ? chosen.filter((other) => other !== pattern)
        : [...chosen, pattern]
      ).join(' '),
    )
  return (
    <div className="grid gap-2">
      <Field label={label} hint={hint} error={error} isOptional={isOptional}>
        {(control) => (
          <TextArea
            {...control}
            rows={2}
            maxLength={4_000}
            value={value}
            placeholder="task.* agent.read"
            onChange={(event) => onChange(event.target.value)}
            className="font-mono text-xs"
          />
        )}
      </Field>
      <div
        role="group"
        aria-label={`Common ${label.toLowerCase()}`}
        className="flex flex-wrap gap-1"
      >
        {nounsOf(actions).map((pattern) => (
          <button
            key={pattern}
            type="button"
            aria-pressed={chosen.includes(pattern)}
            onClick={() => toggle(pattern)}
            className="rounded-md border border-line bg-sunken px-1.5 font-mono text-2xs leading-5 text-muted hover:text-ink aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent"
          >
            {pattern}
          </button>
        ))}
      </div>
    </div>
  )
}

import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** `Name      value` for each field that has a value. */
export const fieldLines = (
  fields: readonly (readonly [name: string, value: string | null])[],
  terminal: Terminal,
): string[] => {
  const shown = fields.filter(([, value]) => value !== null)
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(
    ([name, value]) => `${terminal.paint('dim', name.padEnd(width))}  ${printable(value ?? '')}`,
  )
}

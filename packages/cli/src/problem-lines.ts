import stringWidth from 'string-width'
import type { DefinitionFile } from './definition-file.ts'
import { printable } from './printable.ts'

/** A place in a definition and what is to be said about it. */
export interface PlacedProblem {
  line: number
  column: number
  message: string
}

/** Ahead of the place and from it on: longer lines are cut. */
const SHOWN_BEFORE_MAX = 60
const SHOWN_BEHIND_MAX = 60

/** As compilers do: `file:line:column: message`, the line itself, and a caret below the place. */
export const problemLines = (
  { name, source }: Pick<DefinitionFile, 'name' | 'source'>,
  { line, column, message }: PlacedProblem,
  paint: (kind: 'place' | 'caret', text: string) => string,
): string[] => {
  const place = paint('place', `${printable(name)}:${line}:${column}:`)
  const text = source.split(/\r\n|\n|\r/)[line - 1] ?? ''
  const before = shown(text.slice(0, column - 1))
  const behind = shown(text.slice(column - 1))
  const lead = before.length > SHOWN_BEFORE_MAX ? `…${before.slice(-SHOWN_BEFORE_MAX)}` : before
  const rest = behind.length > SHOWN_BEHIND_MAX ? `${behind.slice(0, SHOWN_BEHIND_MAX)}…` : behind
  const caret = paint('caret', '^')
  return [
    `${place} ${printable(message)}`,
    `  ${lead}${rest}`.trimEnd(),
    `  ${' '.repeat(stringWidth(lead))}${caret}`,
  ]
}

/** Tabs as one space, so that the caret stands where it belongs on every terminal. */
const shown = (text: string): string => printable(text.replaceAll('\t', ' '))

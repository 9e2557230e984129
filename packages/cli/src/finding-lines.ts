import type { AdmissionFinding, MarketplaceVersion } from '@cadre/contract'
import { printable } from './printable.ts'
import type { Style, Terminal } from './terminal.ts'
import { byteSize, duration } from './wording.ts'

type Mark = readonly [mark: string, style: Style]
const MARKS: Readonly<Record<AdmissionFinding['verdict'], Mark>> = {
  passed: ['✓', 'green'],
  held: ['!', 'yellow'],
  rejected: ['✗', 'red'],
  skipped: ['–', 'gray'],
}

/** What admission looked at in a version, what came of it, and what the examples took. */
export const findingLines = (
  { findings, measurements }: Pick<MarketplaceVersion, 'findings' | 'measurements'>,
  terminal: Terminal,
): string[] => [
  ...findings.map(({ check, verdict, message }) => {
    const [mark, style] = MARKS[verdict] ?? ['·', 'gray']
    return `  ${terminal.paint(style, mark)} ${check}: ${printable(message)}`
  }),
  ...measurements.map(({ example, duration_ms, memory_bytes }) => {
    const memory = memory_bytes === null ? '' : `, ${byteSize(memory_bytes)} of memory`
    return `    "${printable(example)}" took ${duration(duration_ms)}${memory}`
  }),
]

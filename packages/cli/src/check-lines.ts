import type { Check } from './check.ts'
import { printable } from './printable.ts'
import type { Style, Terminal } from './terminal.ts'

/** A line for each finding, and below it what to do. */
export const tellChecks = (checks: readonly Check[], terminal: Terminal): void => {
  const width = Math.max(...checks.map((check) => check.name.length))
  for (const { name, status, detail, mend } of checks) {
    const sign = terminal.paint(STYLES[status], status.padEnd(4))
    terminal.line(`${sign}  ${printable(name).padEnd(width)}  ${printable(detail)}`)
    if (mend !== undefined) terminal.line(`${' '.repeat(width + 8)}${printable(mend)}`)
  }
}

const STYLES: Record<Check['status'], Style> = { ok: 'green', warn: 'yellow', fail: 'red' }

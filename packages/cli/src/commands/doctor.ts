import type { Check } from '../check.ts'
import { checkDataDirectory, checkDiskSpace, checkNode } from '../checks-of-machine.ts'
import { checkServer } from '../checks-of-server.ts'
import { EXIT_FAILED } from '../failures.ts'
import { printable } from '../printable.ts'
import type { Action } from '../session.ts'
import type { Style } from '../terminal.ts'

/** `cadre doctor`: exit code 1 when a check fails. Warnings do not count. */
export const runDoctor: Action = async (session) => {
  const { terminal } = session
  const checks = [
    checkNode(),
    ...(await checkDataDirectory(session.environment)),
    await checkDiskSpace(session.environment),
    ...(await checkServer(session)),
  ]
  const isHealthy = checks.every((check) => check.status !== 'fail')
  if (terminal.isJson) terminal.document({ ok: isHealthy, checks })
  else {
    const width = Math.max(...checks.map((check) => check.name.length))
    for (const { name, status, detail, mend } of checks) {
      const sign = terminal.paint(STYLES[status], status.padEnd(4))
      terminal.line(`${sign}  ${printable(name).padEnd(width)}  ${printable(detail)}`)
      if (mend !== undefined) terminal.line(`${' '.repeat(width + 8)}${printable(mend)}`)
    }
  }
  return isHealthy ? 0 : EXIT_FAILED
}

const STYLES: Record<Check['status'], Style> = { ok: 'green', warn: 'yellow', fail: 'red' }

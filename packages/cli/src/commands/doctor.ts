import { tellChecks } from '../check-lines.ts'
import { checkDataDirectory, checkDiskSpace, checkNode } from '../checks-of-machine.ts'
import { checkServer } from '../checks-of-server.ts'
import { EXIT_FAILED } from '../failures.ts'
import type { Action } from '../session.ts'

/** `cadre doctor`: exit code 1 when a check fails. Warnings do not count. */
export const runDoctor: Action = async (session) => {
  const { terminal } = session
  const checks = [
    checkNode(),
    ...(await checkDataDirectory(session)),
    await checkDiskSpace(session),
    ...(await checkServer(session)),
  ]
  const isHealthy = checks.every((check) => check.status !== 'fail')
  if (terminal.isJson) terminal.document({ ok: isHealthy, checks })
  else tellChecks(checks, terminal)
  return isHealthy ? 0 : EXIT_FAILED
}

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CommandError } from './failures.ts'

/** The server's entry point, beside which this package lives. */
export const serverEntry = (): string => {
  const path = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))
  if (existsSync(path)) return path
  throw new CommandError(
    'cli.no_server',
    `The server is not installed here (${path} is missing). Run \`cadre start\` from a clone of Cadre.`,
  )
}

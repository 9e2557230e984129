import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { CommandError } from '../failures.ts'
import { serverEntry } from '../repository.ts'
import type { Action } from '../session.ts'

interface StartOptions {
  host?: string
  port?: string
  dataDir?: string
}

/** `cadre start`: becomes the server where the system can, and otherwise runs it as a child. */
export const startServer: Action<[], StartOptions> = async (_, __, options) => {
  const args = [serverEntry()]
  const environment = { ...process.env, ...settingsOf(options) }
  // Replacing this process leaves no one in between who could lose a signal. Not on Windows.
  if (process.platform !== 'win32' && process.execve) {
    process.execve(process.execPath, [process.execPath, ...args], environment)
  }
  return runChild(args, environment)
}

const settingsOf = ({ host, port, dataDir }: StartOptions): Record<string, string> => {
  const settings = { CADRE_HOST: host, CADRE_PORT: port, CADRE_DATA_DIR: dataDir }
  return Object.fromEntries(
    Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

const runChild = (args: string[], env: NodeJS.ProcessEnv): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: 'inherit' })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => child.kill(signal))
    }
    child.on('error', (error) =>
      reject(new CommandError('cli.no_server', `The server cannot be started: ${error.message}`)),
    )
    child.on('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    )
  })

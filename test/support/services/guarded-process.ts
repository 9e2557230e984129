import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface GuardedCommand {
  command: string
  args: readonly string[]
  stopSignal: NodeJS.Signals
  user?: { uid: number; gid: number }
  /** Runs when the command has ended. */
  cleanUp?: readonly string[]
  /** Removed when the command has ended. */
  directory?: string
}

export interface GuardedProcess {
  /** Resolves at the first line of output that matches; rejects when the command ends before. */
  says(line: RegExp): Promise<void>
  /** Sends the command a signal, such as one that stops its time. */
  signal(name: NodeJS.Signals): void
  /** Resolves when the command has ended and everything is cleaned up. */
  ended: Promise<void>
  /** Ends the command and waits until everything is cleaned up. Idempotent. */
  stop(): Promise<void>
}

const OUTPUT_LENGTH_MAX = 20_000

/** Starts a command that cannot outlive this process, not even when this one is killed. */
export const startGuarded = (guarded: GuardedCommand): GuardedProcess => {
  const guard = spawn(
    process.execPath,
    [join(import.meta.dirname, 'guard.ts'), JSON.stringify(guarded)],
    // In a session of its own, so that an interrupt in the terminal leaves it time to clean up.
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  )
  const output = gathered(guard)
  // A command that has ended takes no signals any more.
  guard.stdin?.on('error', () => {})
  const ended = once(guard, 'close')
  return {
    says: async (line) => {
      while (!line.test(output.text)) {
        const next = once(output.changes, 'said').then(() => 'more' as const)
        if ((await Promise.race([next, ended.then(() => 'ended' as const)])) === 'ended')
          throw new Error(`${guarded.command} ended early: ${output.text.slice(-1_000)}`)
      }
    },
    signal: (name) => void guard.stdin?.write(`${name}\n`),
    ended: ended.then(() => undefined),
    stop: async () => {
      guard.stdin?.end()
      await ended
    },
  }
}

const gathered = (guard: ChildProcess) => {
  const changes = new EventTarget()
  const output = { text: '', changes }
  const gather = (chunk: Buffer) => {
    output.text = (output.text + String(chunk)).slice(-OUTPUT_LENGTH_MAX)
    changes.dispatchEvent(new Event('said'))
  }
  guard.stdout?.on('data', gather)
  guard.stderr?.on('data', gather)
  return output
}

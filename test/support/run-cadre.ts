import { spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { run } from '../../packages/cli/src/program.ts'

export const CADRE_BIN = fileURLToPath(new URL('../../packages/cli/bin/cadre.js', import.meta.url))

export interface CadreRun {
  stdout: () => string
  stderr: () => string
  /** Fulfils when stdout or stderr holds the text. */
  shows(text: string): Promise<void>
  /** Presses Ctrl-C. */
  interrupt(): void
  ended: Promise<CadreEnd>
}

export interface CadreEnd {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  env?: Record<string, string>
  cwd?: string
  stdin?: string
}

/**
 * Starts a command within this process, with nothing from our environment: what it tells and how it
 * ends, without the second that a process takes. What only a process shows is for
 * `startCliProcess`.
 */
export const startCadreCli = (args: string[], options: RunOptions = {}): CadreRun => {
  // It would take the place of this process.
  if (args[0] === 'start') throw new Error('`cadre start` needs a process of its own.')
  const signals = new EventEmitter()
  const output = watchedOutput()
  const ended = run(args, {
    stdin: Readable.from(options.stdin ? [Buffer.from(options.stdin)] : []),
    stdout: output.streams.stdout,
    stderr: output.streams.stderr,
    variables: options.env ?? {},
    folder: options.cwd ?? '/',
    signals,
  }).then((code) => ({ code, ...output.texts }))
  return { ...output.reading(ended), interrupt: () => void signals.emit('SIGINT'), ended }
}

export const runCadreCli = (args: string[], options: RunOptions = {}): Promise<CadreEnd> =>
  startCadreCli(args, options).ended

/** Starts the command line as a user does: a process of its own, with nothing from our environment. */
export const startCliProcess = (
  args: string[],
  options: RunOptions = {},
): CadreRun & { child: ChildProcess } => {
  const child = spawn(process.execPath, [CADRE_BIN, ...args], {
    cwd: options.cwd ?? '/',
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...options.env },
    stdio: 'pipe',
  })
  const output = watchedOutput()
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk: Buffer) => output.streams[name].write(chunk))
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  const ended = new Promise<CadreEnd>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...output.texts }))
  })
  const interrupt = () => void child.kill('SIGINT')
  return { child, ...output.reading(ended), interrupt, ended }
}

export const runCliProcess = (args: string[], options: RunOptions = {}): Promise<CadreEnd> =>
  startCliProcess(args, options).ended

/** Collects what is written, and tells when a text is among it. */
const watchedOutput = () => {
  const texts = { stdout: '', stderr: '' }
  const watchers = new Set<() => void>()
  const collector = (name: keyof typeof texts): Writable => {
    const decoder = new TextDecoder()
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        texts[name] += decoder.decode(chunk, { stream: true })
        for (const look of watchers) look()
        done()
      },
    })
  }
  const shows = (text: string, ended: Promise<CadreEnd>) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!texts.stdout.includes(text) && !texts.stderr.includes(text)) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
      void ended.then(() => {
        look()
        reject(new Error(`ended without "${text}": ${texts.stdout}${texts.stderr}`))
      }, reject)
    })
  return {
    texts,
    streams: { stdout: collector('stdout'), stderr: collector('stderr') },
    reading: (ended: Promise<CadreEnd>) => ({
      stdout: () => texts.stdout,
      stderr: () => texts.stderr,
      shows: (text: string) => shows(text, ended),
    }),
  }
}

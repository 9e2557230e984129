import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const CADRE_BIN = fileURLToPath(new URL('../../packages/cli/bin/cadre.js', import.meta.url))

export interface CadreRun {
  child: ChildProcess
  stdout: () => string
  stderr: () => string
  /** Fulfils when stdout or stderr holds the text. */
  shows(text: string): Promise<void>
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
  /** The Node to start with. Default: the one that runs the tests. */
  node?: string
}

/** Starts the real command line as a process of its own, with nothing from our environment. */
export const startCadreCli = (args: string[], options: RunOptions = {}): CadreRun => {
  const child = spawn(options.node ?? process.execPath, [CADRE_BIN, ...args], {
    cwd: options.cwd ?? '/',
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...options.env },
    stdio: 'pipe',
  })
  const texts = { stdout: '', stderr: '' }
  const watchers = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
      for (const look of watchers) look()
    })
  }
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  const ended = new Promise<CadreEnd>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...texts }))
  })
  const shows = (text: string) =>
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
      })
    })
  return { child, stdout: () => texts.stdout, stderr: () => texts.stderr, shows, ended }
}

export const runCadreCli = (args: string[], options: RunOptions = {}): Promise<CadreEnd> =>
  startCadreCli(args, options).ended

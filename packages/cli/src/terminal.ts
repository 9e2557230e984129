import { styleText } from 'node:util'
import type { Environment } from './environment.ts'
import { printable, printableJson, printableLines } from './printable.ts'

export type Style = Parameters<typeof styleText>[0]

/** Where a command's words go: results to stdout, everything about them to stderr. */
export interface Terminal {
  /** Machine-readable output was asked for. */
  readonly isJson: boolean
  /** A person looks at stderr, so that a line may be redrawn. */
  readonly isLive: boolean
  readonly columns: number
  /** A line of the result. */
  line(text?: string): void
  /** A program's own output, untouched unless it would reach a person's terminal. */
  raw(text: string, stream?: 'stdout' | 'stderr'): void
  /** The result for machines: one document. */
  document(value: unknown): void
  /** One line of a stream of results for machines. */
  record(value: unknown): void
  /** A line about what happens; left out where machines read. */
  note(text: string): void
  /** Colour for stdout, where it shows any. */
  paint(style: Style, text: string): string
  /** Colour for stderr. */
  paintNote(style: Style, text: string): string
}

export const createTerminal = (isJson: boolean, environment: Environment): Terminal => ({
  isJson,
  isLive: !isJson && process.stderr.isTTY === true && !environment.isDumbTerminal,
  columns: process.stdout.columns || Number.POSITIVE_INFINITY,
  line: (text = '') => void process.stdout.write(`${text}\n`),
  raw: (text, stream = 'stdout') => {
    const target = process[stream]
    target.write(target.isTTY ? forPerson(text) : text)
  },
  document: (value) => void process.stdout.write(`${printableJson(value, 2)}\n`),
  record: (value) => void process.stdout.write(`${printableJson(value)}\n`),
  note: (text) => {
    if (!isJson) process.stderr.write(`${text}\n`)
  },
  paint: (style, text) => styleText(style, text, { stream: process.stdout }),
  paintNote: (style, text) => styleText(style, text, { stream: process.stderr }),
})

/** The prompt that follows starts on a line of its own. */
const forPerson = (text: string): string => {
  const lines = printableLines(text)
  return lines === '' || lines.endsWith('\n') ? lines : `${lines}\n`
}

/** Tells of a failure: a sentence for people, an object for machines. */
export const printError = (
  error: { code: string; message: string; details: readonly { field: string; message: string }[] },
  isJson: boolean,
): void => {
  const { code, message, details } = error
  if (isJson) {
    const body = details.length > 0 ? { code, message, details } : { code, message }
    process.stderr.write(`${printableJson({ error: body })}\n`)
    return
  }
  const label = styleText('red', 'Error:', { stream: process.stderr })
  process.stderr.write(`${label} ${printable(message)}\n`)
  for (const detail of details) {
    process.stderr.write(`  ${printable(detail.field)}: ${printable(detail.message)}\n`)
  }
}

/** `cadre tasks | head -1`: the reader has seen enough, which is no fault. */
export const exitOnBrokenPipe = (): void => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit()
      throw error
    })
  }
}

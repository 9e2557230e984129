import type { Readable } from 'node:stream'
import { WriteStream } from 'node:tty'
import { styleText } from 'node:util'
import type { Environment } from './environment.ts'
import { printable, printableJson, printableLines } from './printable.ts'
import { ask, askHidden } from './prompts.ts'
import type { Output, Surroundings } from './surroundings.ts'

export type Style = Parameters<typeof styleText>[0]

/**
 * Where a command's words go and come from: results to stdout, everything about them to stderr,
 * questions to stderr too.
 */
export interface Terminal {
  /** Machine-readable output was asked for. */
  readonly isJson: boolean
  /** A person looks at stderr, so that a line may be redrawn. */
  readonly isLive: boolean
  /** A person is there who can be asked. */
  readonly isAnswering: boolean
  readonly columns: number
  /** What is piped in. */
  readonly input: Readable
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
  /** Draws over the line where the cursor is; `textOf` hears how many cells there are. */
  redraw(textOf: (columns: number) => string): void
  /** What a person answers, without the spaces around it. */
  ask(question: string): Promise<string>
  /** What a person answers unseen. */
  askHidden(question: string): Promise<string>
  /** Colour for stdout, where it shows any. */
  paint(style: Style, text: string): string
  /** Colour for stderr. */
  paintNote(style: Style, text: string): string
}

const ERASE_LINE = '\r\u001b[2K'
const COLUMNS_DEFAULT = 80

export const createTerminal = (
  surroundings: Surroundings,
  environment: Environment,
  isJson: boolean,
): Terminal => {
  const { stdin, stdout, stderr, variables } = surroundings
  return {
    isJson,
    isLive: !isJson && stderr.isTTY === true && !environment.isDumbTerminal,
    isAnswering: stdin.isTTY === true && stderr.isTTY === true,
    columns: stdout.columns || Number.POSITIVE_INFINITY,
    input: stdin,
    line: (text = '') => void stdout.write(`${text}\n`),
    raw: (text, stream = 'stdout') => {
      const target = surroundings[stream]
      target.write(target.isTTY ? forPerson(text) : text)
    },
    document: (value) => void stdout.write(`${printableJson(value, 2)}\n`),
    record: (value) => void stdout.write(`${printableJson(value)}\n`),
    note: (text) => {
      if (!isJson) stderr.write(`${text}\n`)
    },
    redraw: (textOf) =>
      void stderr.write(`${ERASE_LINE}${textOf(stderr.columns || COLUMNS_DEFAULT)}`),
    ask: (question) => ask(surroundings, question),
    askHidden: (question) => askHidden(surroundings, question),
    paint: (style, text) => paint(style, text, stdout, variables),
    paintNote: (style, text) => paint(style, text, stderr, variables),
  }
}

/** The prompt that follows starts on a line of its own. */
const forPerson = (text: string): string => {
  const lines = printableLines(text)
  return lines === '' || lines.endsWith('\n') ? lines : `${lines}\n`
}

const paint = (
  style: Style,
  text: string,
  stream: Output,
  variables: Surroundings['variables'],
): string =>
  showsColour(stream, variables) ? styleText(style, text, { validateStream: false }) : text

const COLOUR_BITS_MIN = 3

/** As Node judges its own streams: by `FORCE_COLOR`, `NO_COLOR`, `TERM` and their like. */
export const showsColour = (
  { isTTY = false }: Output,
  variables: Surroundings['variables'],
): boolean =>
  (isTTY || variables['FORCE_COLOR'] !== undefined) &&
  WriteStream.prototype.getColorDepth(variables) >= COLOUR_BITS_MIN

/** Tells of a failure: a sentence for people, an object for machines. */
export const printError = (
  error: { code: string; message: string; details: readonly { field: string; message: string }[] },
  { stderr, variables }: Pick<Surroundings, 'stderr' | 'variables'>,
  isJson: boolean,
): void => {
  const { code, message, details } = error
  if (isJson) {
    const body = details.length > 0 ? { code, message, details } : { code, message }
    stderr.write(`${printableJson({ error: body })}\n`)
    return
  }
  const label = paint('red', 'Error:', stderr, variables)
  stderr.write(`${label} ${printable(message)}\n`)
  for (const detail of details) {
    stderr.write(`  ${printable(detail.field)}: ${printable(detail.message)}\n`)
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

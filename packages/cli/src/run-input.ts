import { open } from 'node:fs/promises'
import type { Json } from '@cadre/contract'
import { CommandError, usageError } from './failures.ts'
import type { Session } from './session.ts'
import { byteSize } from './wording.ts'

/** Larger inputs belong into storage that the agent's result refers to. */
export const INPUT_BYTES_MAX = 64 * 1024 * 1024

export interface InputOptions {
  input?: string
  jsonInput?: string
}

/** Where input comes from: what is piped in, and the files that somebody names. */
export type InputSource = Pick<Session, 'pathOf' | 'terminal'>

const STANDARD_INPUT = 'Standard input'

/** The input of a task: a file's text, standard input, a JSON value, or nothing. */
export const readInput = async (
  source: InputSource,
  { input, jsonInput }: InputOptions,
): Promise<Json | undefined> => {
  if (jsonInput !== undefined) return parseJson(jsonInput, '--json-input')
  if (input === '-') return textOf(await readStandardInput(source), STANDARD_INPUT)
  if (input === undefined) return undefined
  return textOf(await readFile(source.pathOf(input), input), input)
}

/**
 * A value that an option gives: as JSON, as `@FILE` that holds it, or as `-` for standard input.
 * `option` names it in what goes wrong.
 */
export const readJsonOption = async (
  source: InputSource,
  text: string,
  option: string,
): Promise<Json> => {
  if (text === '-')
    return parseJson(textOf(await readStandardInput(source), STANDARD_INPUT), STANDARD_INPUT)
  if (!text.startsWith('@')) return parseJson(text, option)
  const path = text.slice(1)
  return parseJson(textOf(await readFile(source.pathOf(path), path), path), path)
}

export const readStandardInput = ({ terminal }: Pick<Session, 'terminal'>): Promise<Buffer> =>
  readBounded(terminal.input, STANDARD_INPUT)

/** Throws `CommandError` in words, which call the file by `name`, where it cannot be read. */
export const readFile = async (path: string, name: string): Promise<Buffer> => {
  try {
    await using file = await open(path)
    return await readBounded(file.createReadStream({ autoClose: false }), name)
  } catch (error) {
    if (error instanceof CommandError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new CommandError('cli.bad_input', `${name} ${FILE_FAULTS[code ?? ''] ?? message}.`, {
      cause: error,
    })
  }
}

const FILE_FAULTS: Record<string, string> = {
  ENOENT: 'does not exist',
  EACCES: 'must not be read by you',
  EISDIR: 'is a folder',
}

/** Reads what may never end, such as a pipe or a device, up to a limit. */
const readBounded = async (source: AsyncIterable<Buffer>, name: string): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.byteLength
    if (bytes > INPUT_BYTES_MAX) {
      const limit = byteSize(INPUT_BYTES_MAX)
      throw new CommandError('cli.input_too_large', `${name} is larger than ${limit}.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const textOf = (bytes: Buffer, name: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new CommandError(
      'cli.bad_input',
      `${name} is not text in UTF-8. Agents take text or JSON; encode other data first, for example as base64.`,
      { cause },
    )
  }
}

const parseJson = (text: string, place: string): Json => {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    throw usageError(`${place} is not JSON: ${(error as Error).message}`)
  }
}

import { open } from 'node:fs/promises'
import type { Json } from '@cadre/contract'
import { CommandError, usageError } from './failures.ts'
import { byteSize } from './wording.ts'

/** Larger inputs belong into storage that the agent's result refers to. */
export const INPUT_BYTES_MAX = 64 * 1024 * 1024

export interface InputOptions {
  input?: string
  jsonInput?: string
}

/** The input of a task: a file's text, standard input, a JSON value, or nothing. */
export const readInput = async ({ input, jsonInput }: InputOptions): Promise<Json | undefined> => {
  if (jsonInput !== undefined) return parseJson(jsonInput, '--json-input')
  if (input === '-') return textOf(await readStandardInput(), 'Standard input')
  if (input === undefined) return undefined
  return textOf(await readFile(input), input)
}

/**
 * A value that an option gives: as JSON, as `@FILE` that holds it, or as `-` for standard input.
 * `option` names it in what goes wrong.
 */
export const readJsonOption = async (text: string, option: string): Promise<Json> => {
  if (text === '-')
    return parseJson(textOf(await readStandardInput(), 'Standard input'), 'Standard input')
  if (!text.startsWith('@')) return parseJson(text, option)
  const path = text.slice(1)
  return parseJson(textOf(await readFile(path), path), path)
}

export const readStandardInput = (): Promise<Buffer> => readBounded(process.stdin, 'Standard input')

/** Throws `CommandError` in words where it cannot be read. */
export const readFile = async (path: string): Promise<Buffer> => {
  try {
    await using file = await open(path)
    return await readBounded(file.createReadStream({ autoClose: false }), path)
  } catch (error) {
    if (error instanceof CommandError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new CommandError('cli.bad_input', `${path} ${FILE_FAULTS[code ?? ''] ?? message}.`, {
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

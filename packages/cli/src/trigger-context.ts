import type { Json } from '@cadre/contract'
import { usageError } from './failures.ts'
import { readFolder } from './folder-files.ts'
import { readJsonOption, type InputSource } from './run-input.ts'
import { byteSize, count } from './wording.ts'

export interface ContextOptions {
  context?: string
  files?: string
  only?: string[]
}

export interface TriggerContext {
  context: Json | undefined
  /** What was read from a folder, for the person. */
  note: string | undefined
}

/** What a run is about: JSON that was given, with the texts of a folder as `files`. */
export const readContext = async (
  source: InputSource,
  options: ContextOptions,
): Promise<TriggerContext> => {
  const given =
    options.context === undefined
      ? undefined
      : await readJsonOption(source, options.context, '--context')
  if (options.files === undefined) {
    if (options.only !== undefined) throw usageError('--only goes with --files.')
    return { context: given, note: undefined }
  }
  if (given !== undefined && !isObject(given))
    throw usageError('With --files, --context must be a JSON object.')
  if (given !== undefined && 'files' in given)
    throw usageError('--context holds "files" already; leave it out, or --files.')
  const folder = { path: source.pathOf(options.files), name: options.files }
  const { files, bytes, hidden } = await readFolder(folder, options.only)
  const left = hidden === 0 ? '' : `; ${count(hidden, 'hidden name')} left out`
  return {
    context: { ...given, files: files.map(({ name, text }) => ({ name, text })) },
    note: `${count(files.length, 'file')} of ${options.files}, ${byteSize(bytes)}${left}.`,
  }
}

const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

import type { WorkflowSourceFormat } from '@cadre/contract'
import { CommandError } from './failures.ts'
import { readFile, readStandardInput, type InputSource } from './run-input.ts'

/** The definition of a workflow as it stands in a file. */
export interface DefinitionFile {
  /** As typed; `<stdin>` for standard input. */
  name: string
  source: string
  /** Told by the file's name; left out where that does not. */
  format?: WorkflowSourceFormat | undefined
}

/** Reads a file, or standard input for `-`. */
export const readDefinitionFile = async (
  source: InputSource,
  path: string,
): Promise<DefinitionFile> => {
  const name = path === '-' ? '<stdin>' : path
  const bytes =
    path === '-' ? await readStandardInput(source) : await readFile(source.pathOf(path), path)
  return { name, source: textOf(bytes, name), format: formatOf(path) }
}

const textOf = (bytes: Buffer, name: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new CommandError('cli.bad_input', `${name} is not text in UTF-8.`, { cause })
  }
}

const formatOf = (path: string): WorkflowSourceFormat | undefined => {
  if (/\.json$/i.test(path)) return 'json'
  return /\.ya?ml$/i.test(path) ? 'yaml' : undefined
}

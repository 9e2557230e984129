import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError } from './failures.ts'
import { readFile } from './run-input.ts'
import { byteSize } from './wording.ts'

/** As many elements as one step can be run for. */
export const FILES_MAX = 10_000
/** All files together; what the server takes may be less. */
export const FILES_BYTES_MAX = 64 * 1024 * 1024
const NAMES_TOLD_MAX = 5

export interface FolderFile {
  /** Path below the folder, with `/` on every system. */
  name: string
  text: string
}

export interface FolderFiles {
  files: FolderFile[]
  bytes: number
  /** What was left out because its name begins with a dot. */
  hidden: number
}

/**
 * The text files below a folder, in the order of their names; with `endings`, those that end so.
 * Files and folders whose names begin with a dot are left out, and links to folders are not
 * followed. What goes wrong calls the folder by its `name`.
 * @throws CommandError where there is no such folder, no file, too much, or a file that is no text
 */
export const readFolder = async (
  { path, name: folder }: { path: string; name: string },
  endings: readonly string[] = [],
): Promise<FolderFiles> => {
  const found = await namesIn(path, folder)
  const isWanted = (name: string) => endings.some((ending) => name.endsWith(ending))
  const names = endings.length === 0 ? found.names : found.names.filter(isWanted)
  if (names.length === 0)
    throw badFolder(
      `${folder} holds no file${endings.length === 0 ? '' : ` that ends in ${endings.join(' or ')}`}.`,
    )
  const files: FolderFile[] = []
  const binary: string[] = []
  let bytes = 0
  for (const name of names) {
    const content = await readFile(join(path, name), join(folder, name))
    bytes += content.byteLength
    if (bytes > FILES_BYTES_MAX)
      throw tooLarge(`The files of ${folder} are larger than ${byteSize(FILES_BYTES_MAX)}`)
    const text = textIn(content)
    if (text === null) binary.push(name)
    else files.push({ name, text })
  }
  if (binary.length > 0) throw notText(folder, binary)
  return { files, bytes, hidden: found.hidden }
}

const namesIn = async (
  path: string,
  folder: string,
): Promise<{ names: string[]; hidden: number }> => {
  const names: string[] = []
  let hidden = 0
  const look = async (below: string): Promise<void> => {
    const entries = await readdir(join(path, below), { withFileTypes: true })
    for (const entry of entries) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.name.startsWith('.')) hidden += 1
      else if (entry.isDirectory()) await look(name)
      else if (entry.isFile()) names.push(name)
      else if (entry.isSymbolicLink() && (await isFile(join(path, name)))) names.push(name)
      if (names.length > FILES_MAX) throw tooLarge(`${folder} holds more than ${FILES_MAX} files`)
    }
  }
  try {
    await look('')
  } catch (error) {
    if (error instanceof CommandError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw badFolder(`${folder} ${FOLDER_FAULTS[code ?? ''] ?? message}.`, error)
  }
  return { names: names.toSorted(byCodeUnits), hidden }
}

/** The same order on every machine, whatever its language. */
const byCodeUnits = (left: string, right: string): number => (left < right ? -1 : 1)

const isFile = async (path: string): Promise<boolean> => {
  // A link that leads nowhere is no file.
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}

const FOLDER_FAULTS: Record<string, string> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'is no folder',
  EACCES: 'must not be read by you',
}

/** Null for what is not UTF-8, or holds what no text holds. */
const textIn = (bytes: Buffer): string | null => {
  if (bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

const badFolder = (message: string, cause?: unknown) =>
  new CommandError('cli.bad_input', message, { cause })

const tooLarge = (message: string) =>
  new CommandError('cli.input_too_large', `${message}. Name a folder with less in it.`)

const notText = (folder: string, names: readonly string[]): CommandError => {
  const told = names.slice(0, NAMES_TOLD_MAX).join(', ')
  const more = names.length > NAMES_TOLD_MAX ? ` and ${names.length - NAMES_TOLD_MAX} more` : ''
  return badFolder(
    `Not text in UTF-8 in ${folder}: ${told}${more}. Leave them out by naming what counts, such as --only .md.`,
  )
}

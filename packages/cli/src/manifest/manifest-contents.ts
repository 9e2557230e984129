import {
  CHANGELOG_LENGTH_MAX,
  ManifestExamples,
  README_LENGTH_MAX,
  type Json,
  type MarketplaceExample,
} from '@cadre/contract'
import {
  isObject,
  placed,
  readSource,
  shapeFindings,
  unknownKeyWords,
  type Finding,
} from '@cadre/contract/source'
import type { PlacedProblem } from '../problem-lines.ts'
import { FileRefusal, readConfined } from './confined-file.ts'
import { pngFault } from './png-fault.ts'

const ICON_BYTES_MAX = 32 * 1_024
const SCHEMA_BYTES_MAX = 262_144
const EXAMPLES_BYTES_MAX = 1_048_576
/** Bytes that a UTF-16 unit takes in UTF-8 at the most. */
const UNIT_BYTES_MAX = 3

/** A text in which something is wrong, and where. */
export interface FileProblem extends PlacedProblem {
  file: { name: string; source: string }
}

/** Where what goes wrong is noted. */
export interface Notes {
  folder: string
  /** About the manifest itself. */
  find: (finding: Finding) => void
  /** About a file that the manifest names. */
  note: (problem: FileProblem) => void
}

/** Does something about a file that `key` names; undefined, and a finding, where that fails. */
export const withFile = async <Result>(
  { find }: Pick<Notes, 'find'>,
  { key, path }: { key: string; path: string },
  work: () => Promise<Result>,
): Promise<Result | undefined> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof FileRefusal)) throw error
    find({ message: `${path} ${error.message}`, path: [key] })
    return undefined
  }
}

/** A text that is listed: the file that the manifest names, or the usual one where there is one. */
export const readListedText = async (
  notes: Notes,
  key: 'readme' | 'changelog',
  named: string | undefined,
): Promise<string | undefined> => {
  const { usual, lengthMax } = LISTED_TEXTS[key]
  const path = named ?? usual
  const read = async () => {
    const bytes = await readConfined(notes.folder, path, lengthMax * UNIT_BYTES_MAX)
    const text = textOf(bytes)
    if (text.length > lengthMax)
      throw new FileRefusal(`has more than ${lengthMax.toLocaleString('en')} characters`)
    return text
  }
  if (named !== undefined) return withFile(notes, { key, path }, read)
  return read().catch((error: unknown) => {
    if (!(error instanceof FileRefusal)) throw error
    if (error.message !== 'does not exist')
      notes.find({ message: `${path} ${error.message}`, path: [] })
    return undefined
  })
}

const LISTED_TEXTS = {
  readme: { usual: 'README.md', lengthMax: README_LENGTH_MAX },
  changelog: { usual: 'CHANGELOG.md', lengthMax: CHANGELOG_LENGTH_MAX },
} as const

export const readIcon = (notes: Notes, path: string): Promise<string | undefined> =>
  withFile(notes, { key: 'icon', path }, async () => {
    const bytes = await readConfined(notes.folder, path, ICON_BYTES_MAX)
    const fault = pngFault(bytes)
    if (fault !== null) throw new FileRefusal(fault)
    return bytes.toString('base64')
  })

/** As it stands in the manifest, or in the file that it names. */
export const readSchema = async (
  notes: Notes,
  key: 'input_schema' | 'output_schema',
  given: string | Readonly<Record<string, unknown>> | boolean,
): Promise<Json | undefined> => {
  if (typeof given !== 'string') return given as Json
  const value = await readData(notes, { key, path: given, bytesMax: SCHEMA_BYTES_MAX })
  if (value === undefined || isObject(value) || typeof value === 'boolean')
    return value as Json | undefined
  notes.find({ message: `${given} holds no schema: a schema is an object`, path: [key] })
  return undefined
}

export const readExamples = async (
  notes: Notes,
  given: string | MarketplaceExample[],
): Promise<MarketplaceExample[] | undefined> => {
  if (typeof given !== 'string') return given
  let examples: MarketplaceExample[] | undefined
  await readData(notes, { key: 'examples', path: given, bytesMax: EXAMPLES_BYTES_MAX }, (value) => {
    const parsed = ManifestExamples.safeParse(value)
    if (parsed.success) examples = parsed.data
    return parsed.success
      ? []
      : shapeFindings(value, parsed.error.issues, (key) =>
          unknownKeyWords(key, ['title', 'input', 'output']),
        )
  })
  return examples
}

/** YAML or JSON in a file of its own; what is wrong within it is told with its places. */
const readData = async (
  notes: Notes,
  { key, path, bytesMax }: { key: string; path: string; bytesMax: number },
  judge: (value: unknown) => Finding[] = () => [],
): Promise<unknown> => {
  const text = await withFile(notes, { key, path }, async () =>
    textOf(await readConfined(notes.folder, path, bytesMax)),
  )
  if (text === undefined) return undefined
  const read = readSource(text, formatOf(path), { bytesMax, kind: 'file' })
  const findings = read.findings.length > 0 ? read.findings : judge(read.value)
  const file = { name: path, source: text }
  for (const problem of placed(read, findings)) notes.note({ ...problem, file })
  return findings.length > 0 ? undefined : read.value
}

export const formatOf = (path: string): 'yaml' | 'json' => (/\.json$/i.test(path) ? 'json' : 'yaml')

/** @throws FileRefusal */
export const textOf = (bytes: Uint8Array): string => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch {
    // Said below.
  }
  throw new FileRefusal('is not text in UTF-8')
}

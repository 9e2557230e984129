import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  MANIFEST_NAME,
  type ManifestDocument,
  type PublishItem,
  type WorkflowSourceFormat,
} from '@cadre/contract'
import { isObject, placed, readSource, type Finding } from '@cadre/contract/source'
import { CommandError } from '../failures.ts'
import { moduleFault } from '../module-fault.ts'
import { FileRefusal, findConfined, readConfined } from './confined-file.ts'
import {
  formatOf,
  readExamples,
  readIcon,
  readListedText,
  readSchema,
  textOf,
  withFile,
  type FileProblem,
  type Notes,
} from './manifest-contents.ts'
import { MANIFEST_BYTES_MAX, readManifest } from './read-manifest.ts'

const DEFINITION_BYTES_MAX = 64 * 1024 * 1024

/** What a manifest publishes in the tenant. */
export type ManifestArtefact =
  | { kind: 'wasm'; path: string; bytes: number; sha256: string }
  | { kind: 'remote' }
  | { kind: 'image'; reference: string }
  | { kind: 'workflow'; file: string; source: string; format: WorkflowSourceFormat }

export interface LoadedManifest {
  /** As typed, or found in the folder that was. */
  file: string
  document: ManifestDocument
  artefact: ManifestArtefact
  /** What is offered in the marketplace. */
  listing: PublishItem
}

/**
 * Reads a manifest and every file that it names. Nothing leaves this machine. `pathOf` tells where
 * a typed path leads.
 * @returns all that is wrong, or the manifest
 * @throws CommandError where there is no manifest to read
 */
export const loadManifest = async (
  path: string,
  pathOf: (typed: string) => string,
): Promise<{ manifest: LoadedManifest } | { problems: FileProblem[] }> => {
  const file = await manifestFileOf(path, pathOf)
  const folder = pathOf(dirname(file))
  const source = await manifestText(file, folder)
  const read = readManifest(source, formatOf(file))
  const findings = [...read.findings]
  const elsewhere: FileProblem[] = []
  const notes: Notes = {
    folder,
    find: (finding) => void findings.push(finding),
    note: (problem) => void elsewhere.push(problem),
  }
  // What the files hold is told along with what is wrong with the manifest itself.
  const { artefact, content } = await contentsOf(read.sound, notes)
  const { document } = read
  if (document !== null && artefact !== null && findings.length + elsewhere.length === 0)
    return {
      manifest: { file, document, artefact, listing: listingOf(document, artefact, content) },
    }
  const own = placed(read, findings).map((problem) => ({
    ...problem,
    file: { name: file, source },
  }))
  return { problems: [...own, ...elsewhere] }
}

const NAMES = [MANIFEST_NAME, 'cadre.yml', 'cadre.json']

const manifestFileOf = async (path: string, pathOf: (typed: string) => string): Promise<string> => {
  const isFolder = await isFolderAt(pathOf(path))
  if (!isFolder) return path
  for (const name of NAMES) {
    const file = join(path, name)
    if ((await isFolderAt(pathOf(file))) === false) return file
  }
  throw new CommandError(
    'cli.no_manifest',
    `There is no ${MANIFEST_NAME} in ${path}. Write one with \`cadre init\`, or name a .wasm file.`,
  )
}

/** Null where there is nothing. */
const isFolderAt = async (path: string): Promise<boolean | null> => {
  const stats = await stat(path).catch(() => null)
  return stats === null ? null : stats.isDirectory()
}

const manifestText = async (file: string, folder: string): Promise<string> => {
  try {
    const name = file.split(/[/\\]/).at(-1) ?? file
    return textOf(await readConfined(folder, name, MANIFEST_BYTES_MAX))
  } catch (error) {
    if (!(error instanceof FileRefusal)) throw error
    throw new CommandError('cli.bad_file', `${file} ${error.message}.`)
  }
}

type Content = Pick<
  PublishItem,
  'readme' | 'changelog' | 'icon' | 'input_schema' | 'output_schema' | 'examples'
>

const contentsOf = async (
  document: Partial<ManifestDocument>,
  notes: Notes,
): Promise<{ artefact: ManifestArtefact | null; content: Content }> => {
  const { icon, examples } = document
  return {
    artefact: await artefactOf(document, notes),
    content: {
      readme: await readListedText(notes, 'readme', document.readme),
      changelog: await readListedText(notes, 'changelog', document.changelog),
      icon: icon === undefined ? undefined : await readIcon(notes, icon),
      input_schema: await schemaOf(document, 'input_schema', notes),
      output_schema: await schemaOf(document, 'output_schema', notes),
      examples: examples === undefined ? undefined : await readExamples(notes, examples),
    },
  }
}

const listingOf = (
  document: ManifestDocument,
  artefact: ManifestArtefact,
  content: Content,
): PublishItem => {
  const { name, version, description, tags, capabilities, price, image } = document
  return {
    item_type: artefact.kind === 'workflow' ? 'workflow' : 'agent',
    name,
    version,
    description,
    licence: document.licence ?? document.license,
    tags,
    capabilities,
    price,
    image,
    ...content,
  }
}

const schemaOf = (
  document: Partial<ManifestDocument>,
  key: 'input_schema' | 'output_schema',
  notes: Notes,
) => {
  const given = document[key]
  return given === undefined ? undefined : readSchema(notes, key, given)
}

const artefactOf = async (
  document: Partial<ManifestDocument>,
  notes: Notes,
): Promise<ManifestArtefact | null> => {
  const { binary, definition, image } = document
  if (image !== undefined) return { kind: 'image', reference: image }
  if (binary !== undefined)
    return (
      (await withFile(notes, { key: 'binary', path: binary }, async () => {
        const { path, bytes } = await findConfined(notes.folder, binary)
        const fault = await moduleFault(path)
        if (fault !== null) throw new FileRefusal(fault)
        return { kind: 'wasm', path, bytes, sha256: await digestOf(path) } as const
      })) ?? null
    )
  if (definition === undefined) return document.remote === true ? { kind: 'remote' } : null
  const source = await withFile(notes, { key: 'definition', path: definition }, async () =>
    textOf(await readConfined(notes.folder, definition, DEFINITION_BYTES_MAX)),
  )
  if (source === undefined) return null
  const format = formatOf(definition)
  judgeDefinition(document, { file: definition, source, format }, notes)
  return { kind: 'workflow', file: definition, source, format }
}

export const digestOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** Its own name and version must be those of the manifest. The rest is for Cadre to judge. */
const judgeDefinition = (
  { name, version }: Partial<ManifestDocument>,
  { file, source, format }: { file: string; source: string; format: WorkflowSourceFormat },
  notes: Notes,
): void => {
  const read = readSource(source, format, { bytesMax: DEFINITION_BYTES_MAX })
  const wanted = { name, version }
  const findings: Finding[] =
    read.findings.length > 0
      ? read.findings
      : Object.entries(wanted).flatMap(([key, value]) => {
          const own = isObject(read.value) ? read.value[key] : undefined
          if (value === undefined || own === value) return []
          return [{ message: `\`${key}\` must be ${value}, as in the manifest`, path: [key] }]
        })
  for (const problem of placed(read, findings))
    notes.note({ ...problem, file: { name: file, source } })
}

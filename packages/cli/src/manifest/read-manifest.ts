import { MANIFEST_SOURCES, ManifestDocument } from '@cadre/contract'
import {
  isObject,
  readSource,
  shapeFindings,
  unknownKeyWords,
  type Finding,
  type SourceDocument,
} from '@cadre/contract/source'

export const MANIFEST_BYTES_MAX = 262_144

export interface ReadManifest {
  /** Null where something is wrong with its form. */
  document: ManifestDocument | null
  /** Of its keys those in which nothing is wrong. */
  sound: Partial<ManifestDocument>
  findings: Finding[]
  place: SourceDocument['place']
}

/** Reads the text of a manifest and tells everything that is wrong with it; no file is looked at. */
export const readManifest = (text: string, format: 'yaml' | 'json'): ReadManifest => {
  const read = readSource(text.replace(/^\uFEFF/, ''), format, {
    bytesMax: MANIFEST_BYTES_MAX,
    kind: 'manifest',
  })
  const { place, value } = read
  if (read.findings.length > 0) return { document: null, sound: {}, findings: read.findings, place }
  if (!isObject(value)) {
    const message = 'a manifest is an object with `name`, `version` and what is published'
    return { document: null, sound: {}, findings: [{ message, path: [] }], place }
  }
  const shape = ManifestDocument.safeParse(value)
  const findings = [
    ...(shape.success ? [] : shapeFindings(value, shape.error.issues, unknownKey)),
    ...sourceFindings(value),
    ...licenceFindings(value),
  ]
  const document = shape.success && findings.length === 0 ? shape.data : null
  return { document, sound: document ?? soundKeysOf(value), findings, place }
}

const soundKeysOf = (value: Readonly<Record<string, unknown>>): Partial<ManifestDocument> =>
  Object.fromEntries(
    Object.entries(ManifestDocument.shape).flatMap(([key, schema]) => {
      const own = schema.safeParse(value[key])
      return own.success && own.data !== undefined ? [[key, own.data]] : []
    }),
  )

/** What other manifests call the keys. */
const SYNONYMS: Readonly<Record<string, string>> = {
  artifact: 'binary',
  author: 'description',
  container: 'image',
  docs: 'readme',
  id: 'name',
  inputs: 'input_schema',
  keywords: 'tags',
  main: 'binary',
  outputs: 'output_schema',
  program: 'binary',
  summary: 'description',
  title: 'name',
  wasm: 'binary',
  workflow: 'definition',
}
const KEYS = Object.keys(ManifestDocument.shape).filter((key) => !key.startsWith('$'))

const unknownKey = (key: string, path: readonly unknown[]): string => {
  if (path.length > 0) return unknownKeyWords(key, ['title', 'input', 'output'])
  if (key === 'publisher') return 'who publishes follows from the key; leave `publisher` out'
  return unknownKeyWords(key, KEYS, Object.hasOwn(SYNONYMS, key) ? SYNONYMS[key] : undefined)
}

const sourceFindings = (document: Readonly<Record<string, unknown>>): Finding[] => {
  const named = MANIFEST_SOURCES.filter((key) => document[key] !== undefined)
  const choices = '`binary`, `remote`, `image` or `definition`'
  if (named.length === 0)
    return [{ message: `what is published is missing: name one of ${choices}`, path: [] }]
  return named.slice(1).map((key) => ({
    message: `\`${named[0]}\` says already what is published; leave one of them out`,
    path: [key],
    at: 'key' as const,
  }))
}

const licenceFindings = (document: Readonly<Record<string, unknown>>): Finding[] =>
  document['licence'] === undefined || document['license'] === undefined
    ? []
    : [{ message: '`licence` says the same; leave one of them out', path: ['license'], at: 'key' }]

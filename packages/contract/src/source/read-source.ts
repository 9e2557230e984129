import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import type { WorkflowProblem, WorkflowSourceFormat } from '../workflows.ts'
import { pathText, PROBLEMS_MAX, type Finding, type Path } from './finding.ts'
import { textFaultOf } from './text-faults.ts'

export interface SourceLimits {
  bytesMax: number
}

/** What a text is, for messages about it. */
export type SourceKind = 'definition' | 'manifest' | 'file'

/** Nesting of a document at the most. */
const DEPTH_MAX = 50
/** Members and elements of a document at the most, aliases written out. */
const VALUES_MAX = 500_000
/** Values that aliases may add. */
const ALIASED_VALUES_MAX = 10_000

export interface SourceDocument {
  /** Plain JSON. */
  value: unknown
  findings: Finding[]
  /** The finding with its line and column. */
  place(finding: Finding): WorkflowProblem
}

/**
 * Reads YAML 1.2 or JSON into plain JSON and remembers where everything stands. Never throws for
 * what stands in the text; what is wrong with it is among the findings.
 */
export const readSource = (
  text: string,
  format: WorkflowSourceFormat,
  { bytesMax, kind = 'definition' }: SourceLimits & { kind?: SourceKind },
): SourceDocument => {
  const bytes = new TextEncoder().encode(text).length
  if (bytes > bytesMax)
    return unreadable(
      `the ${kind} has ${bytes.toLocaleString('en')} bytes; ${bytesMax.toLocaleString('en')} are allowed`,
    )
  const nul = text.indexOf('\u0000')
  if (nul !== -1) {
    const before = text.slice(0, nul).split('\n')
    const column = (before.at(-1)?.length ?? 0) + 1
    return unreadable(NOT_STORABLE, before.length, column)
  }
  const refusal = format === 'json' ? faultOfJson(text) : null
  if (refusal !== null) return refusal
  const lines = new LineCounter()
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      // Looked for below: the parser's own search compares all keys with each other.
      uniqueKeys: false,
    })
    return converted(document, { text, lines, kind })
  } catch (error) {
    if (error instanceof RangeError)
      return unreadable(`the ${kind} is nested deeper than ${DEPTH_MAX} levels`)
    throw error
  }
}

/** Findings with their places, in the order of lines, each once. */
export const placed = (
  { place }: Pick<SourceDocument, 'place'>,
  findings: readonly Finding[],
): WorkflowProblem[] => sortedOnce(findings.slice(0, PROBLEMS_MAX * 2).map(place))

const sortedOnce = (problems: readonly WorkflowProblem[]): WorkflowProblem[] => {
  const seen = new Set<string>()
  return problems
    .toSorted((left, right) => left.line - right.line || left.column - right.column)
    .filter(({ message, path, line, column }) => {
      const key = `${line}:${column} ${path} ${message}`
      if (seen.has(key)) return false
      seen.add(key)
      return true
    })
    .slice(0, PROBLEMS_MAX)
}

const unreadable = (message: string, line = 1, column = 1): SourceDocument => ({
  value: undefined,
  findings: [{ message, path: [] }],
  place: (finding) => ({ message: finding.message, path: '', line, column }),
})

/** What `JSON.parse` says, with its place. */
const faultOfJson = (text: string): SourceDocument | null => {
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(message) ?? []
    const said = message.replace(/ in JSON at position.*$/s, '').slice(0, 200)
    const end = text.split('\n')
    return unreadable(
      `this is no JSON: ${said}`,
      Number(line ?? end.length),
      Number(column ?? (end.at(-1)?.length ?? 0) + 1),
    )
  }
}

interface Conversion {
  kind: SourceKind
  findings: Finding[]
  /** Offsets of findings that have no path, such as the parser's own. */
  offsets: Map<Finding, number>
  anchors: Map<string, Node>
  lines: LineCounter
  valuesLeft: number
  aliasedLeft: number
  /** Aliases that are being written out; one within itself would never end. */
  open: Set<string>
  /** Where the outermost of them stands. */
  aliasAt: number | undefined
  pairs: WeakMap<YAMLMap, ReadonlyMap<string, Pair>>
}

const converted = (
  document: Document.Parsed,
  { text, lines, kind }: { text: string; lines: LineCounter; kind: SourceKind },
): SourceDocument => {
  const conversion: Conversion = {
    kind,
    findings: [],
    offsets: new Map(),
    anchors: new Map(),
    lines,
    valuesLeft: VALUES_MAX,
    aliasedLeft: ALIASED_VALUES_MAX,
    open: new Set(),
    aliasAt: undefined,
    pairs: new WeakMap(),
  }
  // What comes behind a fault of the text is mostly its consequence.
  const [fault] = document.errors
  for (const one of fault === undefined ? document.warnings : [fault]) {
    const { message, offset } = textFaultOf(document, one, { kind, depthMax: DEPTH_MAX })
    note(conversion, { message, path: [] }, offset)
  }
  const value =
    document.contents === null || fault !== undefined
      ? null
      : convert(conversion, document.contents, [], false)
  return {
    value,
    findings: conversion.findings,
    place: (finding) => {
      const offset =
        conversion.offsets.get(finding) ?? offsetOf(document, conversion, text, finding)
      const { line, col } = lines.linePos(offset)
      return {
        message: finding.message,
        path: pathText(finding.path),
        line: Math.max(line, 1),
        column: Math.max(col, 1),
      }
    },
  }
}

const note = (conversion: Conversion, finding: Finding, offset: number | undefined) => {
  conversion.findings.push(finding)
  if (offset !== undefined) conversion.offsets.set(finding, offset)
}

const convert = (conversion: Conversion, node: Node, path: Path, isAliased: boolean): unknown => {
  conversion.valuesLeft -= 1
  if (isAliased) conversion.aliasedLeft -= 1
  const excess = excessOf(conversion, path)
  if (excess !== null) {
    // Said once: what follows is cut off as well.
    if (!conversion.findings.some(({ message }) => message === excess))
      note(conversion, { message: excess, path }, conversion.aliasAt ?? node.range?.[0])
    return null
  }
  if (isAlias(node)) return convertAlias(conversion, node.source, node, path)
  if (node.anchor !== undefined && !isAliased) conversion.anchors.set(node.anchor, node)
  if (isScalar(node)) return convertScalar(conversion, node, path)
  if (isSeq(node))
    return node.items.map((item, index) =>
      isNode(item) ? convert(conversion, item, [...path, index], isAliased) : null,
    )
  return isMap(node) ? convertMap(conversion, node.items, path, isAliased) : null
}

const excessOf = ({ kind, valuesLeft, aliasedLeft }: Conversion, path: Path): string | null => {
  if (aliasedLeft < 0)
    return `aliases make more than ${ALIASED_VALUES_MAX.toLocaleString('en')} values; write less of them`
  if (valuesLeft < 0) return `the ${kind} holds more than ${VALUES_MAX.toLocaleString('en')} values`
  return path.length > DEPTH_MAX ? `the ${kind} is nested deeper than ${DEPTH_MAX} levels` : null
}

const convertAlias = (conversion: Conversion, name: string, node: Node, path: Path): unknown => {
  const target = conversion.anchors.get(name)
  if (target === undefined || conversion.open.has(name)) {
    const message =
      target === undefined
        ? `the alias \`*${name.slice(0, 64)}\` names no anchor above it`
        : `\`*${name.slice(0, 64)}\` stands within what it stands for`
    note(conversion, { message, path }, node.range?.[0])
    return null
  }
  conversion.open.add(name)
  const isOutermost = conversion.aliasAt === undefined
  if (isOutermost) conversion.aliasAt = node.range?.[0]
  try {
    return convert(conversion, target, path, true)
  } finally {
    conversion.open.delete(name)
    if (isOutermost) conversion.aliasAt = undefined
  }
}

const convertScalar = (conversion: Conversion, node: Scalar, path: Path): unknown => {
  const { value } = node
  const refuse = (message: string) => {
    note(conversion, { message, path }, node.range?.[0])
    return null
  }
  if (typeof value === 'string') return isStorable(value) ? value : refuse(NOT_STORABLE)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return refuse('JSON has no such number')
    if (
      Number.isInteger(value) &&
      !Number.isSafeInteger(value) &&
      /^[+-]?\d+$/.test(node.source ?? '')
    )
      return refuse('the number is too long to be kept exactly; write it as text, in quotes')
    return value
  }
  if (typeof value === 'boolean' || value === null) return value
  return refuse('this is no JSON')
}

/** PostgreSQL keeps neither U+0000 nor half a character. */
const isStorable = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed()
const NOT_STORABLE = 'the text holds U+0000 or half a character, which cannot be kept'

const convertMap = (
  conversion: Conversion,
  items: readonly Pair[],
  path: Path,
  isAliased: boolean,
): Record<string, unknown> => {
  const object: Record<string, unknown> = {}
  const firsts = new Map<string, number>()
  for (const pair of items) {
    const start = isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0
    const key = keyOf(pair)
    if (key === null) {
      note(conversion, { message: 'a key must be text', path }, start)
      continue
    }
    if (!isStorable(key)) {
      note(conversion, { message: NOT_STORABLE, path }, start)
      continue
    }
    if (key === '__proto__') {
      const message = '`__proto__` cannot be a key'
      note(conversion, { message, path: [...path, key] }, start)
      continue
    }
    const first = firsts.get(key)
    if (first !== undefined) {
      const { line } = conversion.lines.linePos(first)
      const message = `\`${key.slice(0, 64)}\` stands here a second time; the first is in line ${line}`
      note(conversion, { message, path: [...path, key] }, start)
      continue
    }
    firsts.set(key, start)
    const value = isNode(pair.value)
      ? convert(conversion, pair.value, [...path, key], isAliased)
      : null
    object[key] = value
  }
  return object
}

/** Keys are text; plain numbers and the like are taken as they are written. */
const keyOf = ({ key }: Pair): string | null => {
  if (!isScalar(key)) return null
  if (typeof key.value === 'string') return key.value
  return key.value === null ? null : (key.source ?? String(key.value))
}

/** Where a finding is in the text: what its path leads to, or the nearest thing around it. */
const offsetOf = (
  document: Document.Parsed,
  conversion: Conversion,
  text: string,
  { path, at, offset }: Finding,
): number => {
  let node: unknown = document.contents
  let start = startOf(node, 0)
  let owner = start
  for (const [depth, part] of path.entries()) {
    if (isAlias(node)) node = conversion.anchors.get(node.source)
    const isLast = depth === path.length - 1
    if (isSeq(node) && typeof part === 'number') {
      node = node.items[part]
      owner = startOf(node, start)
    } else if (isMap(node)) {
      const pair = pairsOf(conversion, node).get(String(part))
      // What is missing is missed where the key of its owner stands.
      if (pair === undefined) return owner
      start = startOf(pair.key, start)
      owner = start
      if (isLast && at === 'key') return start
      node = pair.value
    } else return start
    start = startOf(node, start)
  }
  if (offset === undefined) return start
  const written = isAlias(node) ? conversion.anchors.get(node.source) : node
  return isScalar(written) ? offsetInScalar(written, text, offset) : start
}

/** Found by key, the first of each: places in large objects are asked for many times. */
const pairsOf = ({ pairs }: Conversion, map: YAMLMap): ReadonlyMap<string, Pair> => {
  const known = pairs.get(map)
  if (known !== undefined) return known
  const found = new Map<string, Pair>()
  for (const pair of map.items) {
    const key = keyOf(pair)
    if (key !== null && !found.has(key)) found.set(key, pair)
  }
  pairs.set(map, found)
  return found
}

const startOf = (node: unknown, otherwise: number): number =>
  isNode(node) ? (node.range?.[0] ?? otherwise) : otherwise

const SOUGHT_MAX = 40

/** Quotes, escapes and folded lines part a text from its source: what stands there is looked for. */
const offsetInScalar = (node: Scalar, text: string, offset: number): number => {
  const [start, end] = node.range ?? [0, 0, 0]
  const value = String(node.value)
  const raw = text.slice(start, end)
  const quote = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0
  if (raw.startsWith(value, quote)) return start + quote + offset
  if (offset >= value.trimEnd().length) return start + raw.trimEnd().length - quote
  // The source is never shorter than what it stands for, so it stands there or further on.
  const sought = value.slice(offset, offset + SOUGHT_MAX).split('\n')[0] ?? ''
  for (let length = sought.length; length > 0; length = Math.floor(length / 2)) {
    const found = raw.indexOf(sought.slice(0, length), offset)
    if (found !== -1) return start + found
  }
  return start
}

import { isCollection, isMap, isScalar, visit, type Document, type YAMLError } from 'yaml'
import type { SourceKind } from './read-source.ts'

export interface TextFault {
  message: string
  offset: number
}

/** What the parser of YAML says, in words for those who do not know its inside, and where to look. */
export const textFaultOf = (
  document: Document.Parsed,
  { code, message, pos }: YAMLError,
  { kind, depthMax }: { kind: SourceKind; depthMax: number },
): TextFault => {
  const [offset] = pos
  if (code === 'RESOURCE_EXHAUSTION')
    return { message: `the ${kind} is nested deeper than ${depthMax} levels`, offset }
  if (/^Missing closing ["']quote/.test(message))
    return {
      message: 'the quote that begins here is never closed',
      offset: lastOpened(document, offset, 'quote') ?? offset,
    }
  const flow = /^Flow (sequence|map) in block collection/.exec(message)?.[1]
  if (flow !== undefined)
    return {
      message: `the ${flow === 'map' ? 'brace' : 'bracket'} that begins here is not closed`,
      offset: lastOpened(document, offset, flow === 'map' ? 'map' : 'sequence') ?? offset,
    }
  if (code === 'MULTIPLE_DOCS')
    return {
      message: `the file holds more than one document; a file is one ${UNITS[kind]}`,
      offset,
    }
  return { message: WORDS.get(code) ?? plain(message), offset }
}

const UNITS: Readonly<Record<SourceKind, string>> = {
  definition: 'workflow',
  manifest: 'manifest',
  file: 'document',
}

const WORDS: ReadonlyMap<string, string> = new Map([
  [
    'BLOCK_AS_IMPLICIT_KEY',
    'this cannot stand here; text with a colon and a space in it, such as `a ? b : c`, must be in quotes',
  ],
  ['TAB_AS_INDENT', 'indent with spaces; YAML allows no tabs'],
  ['BAD_ALIAS', 'a `*` begins the name of an alias; text that begins so must be in quotes'],
  ['MISSING_CHAR', 'a sign is missing here, such as a colon or a comma'],
  ['BAD_INDENT', 'this line is not indented like those that it belongs to'],
  ['MULTILINE_IMPLICIT_KEY', 'a colon is missing behind this key'],
  ['BAD_DQ_ESCAPE', 'there is no such escape; write two backslashes for one'],
  ['BAD_SCALAR_START', 'text that begins with this sign must be in quotes'],
])

const UNEXPECTED = /^Unexpected .* at node end/
const CLOSING = /^Unexpected flow-(?:map|seq)-end token/

const plain = (message: string): string => {
  if (UNEXPECTED.test(message))
    return 'this cannot stand behind a value that has ended; put all of the text in quotes'
  if (CLOSING.test(message)) return 'this closes nothing that was opened'
  return message.replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase()).slice(0, 200)
}

/** Where the last of the quotes, lists or objects ahead of a place begins. */
const lastOpened = (
  document: Document.Parsed,
  before: number,
  kind: 'quote' | 'map' | 'sequence',
): number | null => {
  let found: number | null = null
  visit(document, {
    Node: (_key, node) => {
      const [start, end] = node.range ?? [0, 0]
      const isOpen = start < before && end >= before - 1
      const isKind =
        kind === 'quote'
          ? isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE')
          : isCollection(node) && node.flow === true && isMap(node) === (kind === 'map')
      if (isOpen && isKind) found = start
    },
  })
  return found
}

import { Environment, ParseError, type ASTNode } from '@marcbachmann/cel-js'
import { ExpressionError } from './expression-error.ts'
import { EXPRESSION_LENGTH_MAX, NESTING_MAX, NODES_MAX } from './limits.ts'

export type Node = ASTNode

export const PARSER_OPTIONS = {
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
  limits: {
    maxAstNodes: NODES_MAX,
    maxDepth: NESTING_MAX,
    maxListElements: NODES_MAX,
    maxMapEntries: NODES_MAX,
    maxCallArguments: 8,
  },
} as const

let parser: Environment | null = null

/**
 * Reads an expression in the Common Expression Language (github.com/google/cel-spec).
 * @throws ExpressionError with the place of the fault
 */
export const parseExpression = (expression: string): Node => {
  if (expression.length > EXPRESSION_LENGTH_MAX)
    throw new ExpressionError(
      `is longer than ${EXPRESSION_LENGTH_MAX.toLocaleString('en')} characters`,
      { expression, isLimit: true },
    )
  if (expression.trim() === '') throw new ExpressionError('the expression is empty')
  parser ??= new Environment(PARSER_OPTIONS)
  try {
    return parser.parse(expression).ast
  } catch (error) {
    throw asExpressionError(error, expression)
  }
}

/** What the parser or the type checker says, in our words. */
export const asExpressionError = (error: unknown, expression: string): ExpressionError => {
  if (error instanceof ParseError)
    return new ExpressionError(wordingOf(error, expression), {
      expression,
      offset: error.range?.start ?? null,
      isLimit: error.code === 'limit_exceeded',
    })
  if (error instanceof RangeError)
    return new ExpressionError('is nested too deep', { expression, isLimit: true })
  throw error
}

/** The words for tokens that the parser uses and no author knows. */
const TOKENS: readonly (readonly [RegExp, string])[] = [
  [/\bEOF\b/g, 'the end'],
  [/\bIDENTIFIER\b/g, 'a name'],
  [/\bNUMBER\b/g, 'a number'],
  [/\bSTRING\b/g, 'a text'],
  [/\bBOOLEAN\b/g, 'true or false'],
  [/\bNULL\b/g, 'null'],
  [/\bLPAREN\b/g, '`(`'],
  [/\bRPAREN\b/g, '`)`'],
  [/\bLBRACKET\b/g, '`[`'],
  [/\bRBRACKET\b/g, '`]`'],
  [/\bLBRACE\b/g, '`{`'],
  [/\bRBRACE\b/g, '`}`'],
  [/\bCOLON\b/g, '`:`'],
  [/\bCOMMA\b/g, '`,`'],
  [/\bDOT\b/g, '`.`'],
  [/\bQUESTION\b/g, '`?`'],
  [/\bEQ\b/g, '`==`'],
  [/\bNE\b/g, '`!=`'],
  [/\bLT\b/g, '`<`'],
  [/\bLE\b/g, '`<=`'],
  [/\bGT\b/g, '`>`'],
  [/\bGE\b/g, '`>=`'],
  [/\bAND\b/g, '`&&`'],
  [/\bOR\b/g, '`||`'],
  [/\bPLUS\b/g, '`+`'],
  [/\bMINUS\b/g, '`-`'],
  [/\bMULTIPLY\b/g, '`*`'],
  [/\bDIVIDE\b/g, '`/`'],
  [/\bMODULO\b/g, '`%`'],
  [/\bNOT\b/g, '`!`'],
  [/\bIN\b/g, '`in`'],
]

const LIMITS: ReadonlyMap<string, string> = new Map([
  ['maxAstNodes', `has more than ${NODES_MAX} parts`],
  ['maxDepth', `is nested deeper than ${NESTING_MAX} levels`],
  ['maxListElements', `has a list of more than ${NODES_MAX} elements`],
  ['maxMapEntries', `has a map of more than ${NODES_MAX} entries`],
  ['maxCallArguments', 'calls a function with more than 8 arguments'],
])

const wordingOf = (error: ParseError, expression: string): string => {
  if (error.code === 'limit_exceeded') {
    const name = /Exceeded (\w+)/.exec(error.summary)?.[1] ?? ''
    return LIMITS.get(name) ?? 'is too large'
  }
  const worded = TOKENS.reduce((text, [token, word]) => text.replaceAll(token, word), error.summary)
  if (/unexpected token: the end/i.test(worded)) return 'ends too early'
  if (/^unexpected character: '?='?$/i.test(worded))
    return 'a single `=` means nothing; compare with `==`'
  const word = wordAt(expression, error.range?.start ?? 0)
  if (/^unexpected character/i.test(worded) && word !== '')
    return /^(?:and|or|not)$/i.test(word)
      ? 'write `&&` for and, `||` for or, `!` for not'
      : `an operator is missing ahead of \`${word}\``
  if (/invalid predicate iteration variable|invalid variable argument/.test(worded))
    return 'the first argument names a variable, as in list.map(x, x + 1)'
  return worded.replace(/^[A-Z]/, (letter) => letter.toLowerCase())
}

/** The word that stands at a place; `not` where it stands ahead of it. */
const wordAt = (text: string, place: number): string =>
  /\b(not)\s+$/i.exec(text.slice(0, place))?.[1] ??
  /^[a-z_]\w{0,40}/i.exec(text.slice(place))?.[0] ??
  ''

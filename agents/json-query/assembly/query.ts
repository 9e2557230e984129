import { Text } from '../../runtime/text'

/** What a selector picks from the children of a value. */
export const SELECT_NAME = 0
export const SELECT_ALL = 1
export const SELECT_INDEX = 2
export const SELECT_SLICE = 3
export const SELECT_FILTER = 4

/** Logical expressions of filters. */
export const LOGIC_OR = 0
export const LOGIC_AND = 1
export const LOGIC_NOT = 2
export const LOGIC_EXISTS = 3
export const LOGIC_COMPARE = 4

/** Comparison operators. */
export const IS_EQUAL = 0
export const IS_NOT_EQUAL = 1
export const IS_LESS = 2
export const IS_NOT_GREATER = 3
export const IS_GREATER = 4
export const IS_NOT_LESS = 5

/** A path: from the root of the document, or (relative) from the value under test. */
export class Query {
  segments: Segment[] = []

  constructor(public isRelative: bool) {}
}

/** One step of a path; with `isDescendant` it is taken from every value inside as well. */
export class Segment {
  selectors: Selector[] = []

  constructor(public isDescendant: bool) {}
}

export class Selector {
  name: Text = Text.of('')
  /** The index, or the bounds of a slice. */
  from: i32 = 0
  to: i32 = 0
  step: i32 = 1
  hasFrom: bool = false
  hasTo: bool = false
  filter: Expression | null = null

  constructor(public kind: i32) {}
}

export class Expression {
  left: Expression | null = null
  right: Expression | null = null
  operator: i32 = IS_EQUAL
  /** The operands of a comparison; the first is also the query of an existence test. */
  first: Operand | null = null
  second: Operand | null = null

  constructor(public kind: i32) {}
}

/** A literal, or a query that picks one value at the most. */
export class Operand {
  query: Query | null = null
  text: Text = Text.of('')
  number: f64 = 0

  /** A JSON kind for literals; 0 for a query. */
  constructor(public kind: i32) {}
}

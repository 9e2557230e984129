import {
  JSON_ARRAY,
  JSON_NUMBER,
  JSON_OBJECT,
  JSON_STRING,
  JsonDocument,
} from '../../runtime/json-document'
import { Text } from '../../runtime/text'
import {
  Expression,
  IS_EQUAL,
  IS_GREATER,
  IS_LESS,
  IS_NOT_EQUAL,
  IS_NOT_GREATER,
  LOGIC_AND,
  LOGIC_EXISTS,
  LOGIC_NOT,
  LOGIC_OR,
  Operand,
  Query,
  SELECT_NAME,
} from './query'

/** What an operand has come to: nothing (kind 0), or a value of that JSON kind. */
class Resolved {
  kind: i32 = 0
  number: f64 = 0
  /** The text of a string, the JSON of an array or object. */
  text: Text = new Text(0, 0)
}

/** Decides whether a value passes a filter (RFC 9535 2.3.5). */
export class FilterJudge {
  private steps: i32 = 0
  private first: Resolved = new Resolved()
  private second: Resolved = new Resolved()

  constructor(private document: JsonDocument) {}

  /** How many children it has looked at since it was asked last. */
  takeSteps(): i32 {
    const steps = this.steps
    this.steps = 0
    return steps
  }

  /** Recursion is as deep as the filter is nested, which the parser limits. */
  accepts(expression: Expression | null, value: i32, root: i32): bool {
    if (expression === null) return true
    const kind = expression.kind
    if (kind === LOGIC_OR) {
      return (
        this.accepts(expression.left, value, root) || this.accepts(expression.right, value, root)
      )
    }
    if (kind === LOGIC_AND) {
      return (
        this.accepts(expression.left, value, root) && this.accepts(expression.right, value, root)
      )
    }
    if (kind === LOGIC_NOT) return !this.accepts(expression.left, value, root)
    this.resolve(expression.first, value, root, this.first)
    if (kind === LOGIC_EXISTS) return this.first.kind !== 0
    this.resolve(expression.second, value, root, this.second)
    return isTrue(expression.operator, this.first, this.second)
  }

  private resolve(operand: Operand | null, value: i32, root: i32, into: Resolved): void {
    if (operand === null) return
    const query = operand.query
    if (query === null) {
      into.kind = operand.kind
      into.number = operand.number
      into.text.start = operand.text.start
      into.text.length = operand.text.length
      return
    }
    const found = this.find(query, query.isRelative ? value : root)
    into.kind = found < 0 ? 0 : this.document.kind(found)
    if (into.kind === JSON_NUMBER) into.number = this.document.number(found)
    else if (into.kind === JSON_STRING) this.document.readString(found, into.text)
    else if (into.kind !== 0) this.document.readRaw(found, into.text)
  }

  /** The one value that a singular query names; -1 without one. */
  private find(query: Query, from: i32): i32 {
    let value = from
    for (let index = 0; index < query.segments.length && value >= 0; index++) {
      const selector = query.segments[index].selectors[0]
      value =
        selector.kind === SELECT_NAME
          ? this.member(value, selector.name)
          : this.element(value, selector.from)
    }
    return value
  }

  private member(object: i32, name: Text): i32 {
    if (this.document.kind(object) !== JSON_OBJECT) return -1
    let found = -1
    let key = this.document.firstChild(object)
    while (key >= 0) {
      this.steps++
      if (this.document.isString(key, name)) found = key + 1
      key = this.document.nextSibling(object, key + 1)
    }
    return found
  }

  private element(array: i32, index: i32): i32 {
    if (this.document.kind(array) !== JSON_ARRAY) return -1
    let place = index
    if (index < 0) {
      for (let at = this.document.firstChild(array); at >= 0; place++) {
        this.steps++
        at = this.document.nextSibling(array, at)
      }
      if (place < 0) return -1
    }
    let child = this.document.firstChild(array)
    for (let at = 0; at < place && child >= 0; at++) {
      this.steps++
      child = this.document.nextSibling(array, child)
    }
    return child
  }
}

function isTrue(operator: i32, first: Resolved, second: Resolved): bool {
  if (operator === IS_EQUAL) return isEqual(first, second)
  if (operator === IS_NOT_EQUAL) return !isEqual(first, second)
  if (operator === IS_LESS) return isLess(first, second)
  if (operator === IS_GREATER) return isLess(second, first)
  if (operator === IS_NOT_GREATER) return isLess(first, second) || isEqual(first, second)
  return isLess(second, first) || isEqual(first, second)
}

/** Nothing equals nothing. Arrays and objects are equal when they are written alike. */
function isEqual(first: Resolved, second: Resolved): bool {
  if (first.kind !== second.kind) return false
  if (first.kind === JSON_NUMBER) return first.number === second.number
  const isByText =
    first.kind === JSON_STRING || first.kind === JSON_ARRAY || first.kind === JSON_OBJECT
  return !isByText || first.text.equals(second.text)
}

/** Numbers by value, strings by their characters; anything else has no order. */
function isLess(first: Resolved, second: Resolved): bool {
  if (first.kind !== second.kind) return false
  if (first.kind === JSON_NUMBER) return first.number < second.number
  if (first.kind !== JSON_STRING) return false
  const length = min(first.text.length, second.text.length)
  const order = memory.compare(first.text.start, second.text.start, length)
  return order < 0 || (order === 0 && first.text.length < second.text.length)
}

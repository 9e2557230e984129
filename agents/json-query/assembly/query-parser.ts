import {
  JSON_FALSE,
  JSON_NULL,
  JSON_NUMBER,
  JSON_STRING,
  JSON_TRUE,
} from '../../runtime/json-document'
import { decodeJsonString } from '../../runtime/json-string'
import { numberLength, parseNumber } from '../../runtime/numbers'
import { isAsciiLetter, isBlank, isDigit, Text } from '../../runtime/text'
import {
  Expression,
  IS_EQUAL,
  IS_GREATER,
  IS_LESS,
  IS_NOT_EQUAL,
  IS_NOT_GREATER,
  IS_NOT_LESS,
  LOGIC_AND,
  LOGIC_COMPARE,
  LOGIC_EXISTS,
  LOGIC_NOT,
  LOGIC_OR,
  Operand,
  Query,
  Segment,
  SELECT_ALL,
  SELECT_FILTER,
  SELECT_INDEX,
  SELECT_NAME,
  SELECT_SLICE,
  Selector,
} from './query'

const QUERY_BYTES_MAX = 4_000
const DEPTH_MAX = 32
const INTEGER_DIGITS_MAX = 9

/**
 * Reads JSONPath as RFC 9535 writes it, without function extensions; inside of filters, queries
 * name single values. Throws a sentence with the column.
 */
export class QueryParser {
  private index: i32 = 0
  private depth: i32 = 0

  constructor(private text: Text) {
    if (text.length > QUERY_BYTES_MAX) throw new Error('The query is longer than 4,000 bytes.')
  }

  parse(): Query {
    this.expect(0x24, 'a query begins with $')
    const query = new Query(false)
    this.parseSegments(query)
    if (this.index < this.text.length) this.reject('expected . or [')
    return query
  }

  private parseSegments(query: Query): void {
    while (true) {
      const before = this.index
      this.skipBlank()
      const byte = this.peek()
      if (byte === 0x5b) query.segments.push(this.parseBrackets(false))
      else if (byte === 0x2e) query.segments.push(this.parseDots())
      else {
        this.index = before
        return
      }
    }
  }

  private parseDots(): Segment {
    this.index++
    const isDescendant = this.peek() === 0x2e
    if (isDescendant) {
      this.index++
      if (this.peek() === 0x5b) return this.parseBrackets(true)
    }
    const segment = new Segment(isDescendant)
    const isAll = this.peek() === 0x2a
    const selector = new Selector(isAll ? SELECT_ALL : SELECT_NAME)
    if (isAll) this.index++
    else selector.name = this.parseName()
    segment.selectors.push(selector)
    return segment
  }

  private parseName(): Text {
    const from = this.index
    if (!isNameByte(this.peek()) || isDigit(this.peek())) this.reject('expected a name or *')
    while (isNameByte(this.peek())) this.index++
    return this.text.slice(from, this.index)
  }

  private parseBrackets(isDescendant: bool): Segment {
    const segment = new Segment(isDescendant)
    this.enter()
    do {
      this.index++
      this.skipBlank()
      segment.selectors.push(this.parseSelector())
      this.skipBlank()
    } while (this.peek() === 0x2c)
    this.expect(0x5d, 'expected , or ]')
    this.depth--
    return segment
  }

  private parseSelector(): Selector {
    const byte = this.peek()
    if (byte === 0x27 || byte === 0x22) {
      const selector = new Selector(SELECT_NAME)
      selector.name = this.parseString()
      return selector
    }
    if (byte === 0x2a) {
      this.index++
      return new Selector(SELECT_ALL)
    }
    if (byte === 0x3f) {
      this.index++
      const selector = new Selector(SELECT_FILTER)
      selector.filter = this.parseOr()
      return selector
    }
    return this.parseIndexOrSlice()
  }

  private parseIndexOrSlice(): Selector {
    const selector = new Selector(SELECT_INDEX)
    selector.hasFrom = this.isIntegerHere()
    if (selector.hasFrom) selector.from = this.parseInteger()
    this.skipBlank()
    if (this.peek() !== 0x3a) {
      if (!selector.hasFrom) this.reject('expected a name in quotes, an index, a slice, * or ?')
      return selector
    }
    selector.kind = SELECT_SLICE
    this.index++
    this.skipBlank()
    selector.hasTo = this.isIntegerHere()
    if (selector.hasTo) selector.to = this.parseInteger()
    this.skipBlank()
    if (this.peek() !== 0x3a) return selector
    this.index++
    this.skipBlank()
    if (this.isIntegerHere()) selector.step = this.parseInteger()
    return selector
  }

  private isIntegerHere(): bool {
    return isDigit(this.peek()) || this.peek() === 0x2d
  }

  private parseInteger(): i32 {
    const isNegative = this.peek() === 0x2d
    if (isNegative) this.index++
    const from = this.index
    let value = 0
    while (isDigit(this.peek())) {
      if (this.index - from === INTEGER_DIGITS_MAX) this.reject('the index is too large')
      value = value * 10 + this.peek() - 0x30
      this.index++
    }
    const isPlain = this.index - from === 1 || this.text.at(from) !== 0x30
    if (this.index === from || !isPlain || (isNegative && value === 0))
      this.reject('expected an integer')
    return isNegative ? -value : value
  }

  private parseString(): Text {
    const quote = this.peek()
    const from = ++this.index
    while (this.peek() !== quote) {
      if (this.peek() < 0) this.reject('a string is not closed')
      if (this.peek() === 0x5c) this.index++
      this.index++
    }
    this.index++
    return decodeJsonString(this.text.slice(from, this.index - 1))
  }

  private parseOr(): Expression {
    let left = this.parseAnd()
    while (this.takePair(0x7c)) left = combine(LOGIC_OR, left, this.parseAnd())
    return left
  }

  private parseAnd(): Expression {
    let left = this.parseTerm()
    while (this.takePair(0x26)) left = combine(LOGIC_AND, left, this.parseTerm())
    return left
  }

  private parseTerm(): Expression {
    this.skipBlank()
    if (this.peek() === 0x21) {
      this.index++
      this.enter()
      const negation = new Expression(LOGIC_NOT)
      negation.left = this.parseTerm()
      this.depth--
      return negation
    }
    if (this.peek() !== 0x28) return this.parseComparison()
    this.index++
    this.enter()
    const inner = this.parseOr()
    this.skipBlank()
    this.expect(0x29, 'expected )')
    this.depth--
    return inner
  }

  private parseComparison(): Expression {
    const first = this.parseOperand()
    this.skipBlank()
    const operator = this.takeOperator()
    const expression = new Expression(operator < 0 ? LOGIC_EXISTS : LOGIC_COMPARE)
    expression.first = first
    if (operator < 0) {
      if (first.kind !== 0) this.reject('expected a comparison')
      return expression
    }
    expression.operator = operator
    this.skipBlank()
    expression.second = this.parseOperand()
    return expression
  }

  private parseOperand(): Operand {
    const byte = this.peek()
    if (byte === 0x40 || byte === 0x24) return this.parseQueryOperand(byte === 0x40)
    if (byte === 0x27 || byte === 0x22) {
      const operand = new Operand(JSON_STRING)
      operand.text = this.parseString()
      return operand
    }
    const length = isDigit(byte) || byte === 0x2d ? numberLength(this.text, this.index) : 0
    if (length > 0) {
      const operand = new Operand(JSON_NUMBER)
      operand.number = parseNumber(this.text.slice(this.index, this.index + length))
      this.index += length
      return operand
    }
    if (this.takeWord('true')) return new Operand(JSON_TRUE)
    if (this.takeWord('false')) return new Operand(JSON_FALSE)
    if (this.takeWord('null')) return new Operand(JSON_NULL)
    this.reject('expected @, $, a string, a number, true, false or null')
    return new Operand(JSON_NULL)
  }

  private parseQueryOperand(isRelative: bool): Operand {
    const place = this.index++
    const operand = new Operand(0)
    const query = new Query(isRelative)
    this.parseSegments(query)
    for (let index = 0; index < query.segments.length; index++) {
      if (isSingular(query.segments[index])) continue
      this.index = place
      this.reject('in a filter, a query must name a single value')
    }
    operand.query = query
    return operand
  }

  private takeOperator(): i32 {
    const byte = this.peek()
    const hasEquals = this.text.at(this.index + 1) === 0x3d
    let operator = -1
    if (byte === 0x3d && hasEquals) operator = IS_EQUAL
    else if (byte === 0x21 && hasEquals) operator = IS_NOT_EQUAL
    else if (byte === 0x3c) operator = hasEquals ? IS_NOT_GREATER : IS_LESS
    else if (byte === 0x3e) operator = hasEquals ? IS_NOT_LESS : IS_GREATER
    if (operator >= 0) this.index += hasEquals ? 2 : 1
    return operator
  }

  private takePair(byte: i32): bool {
    this.skipBlank()
    if (this.peek() !== byte || this.text.at(this.index + 1) !== byte) return false
    this.index += 2
    return true
  }

  private takeWord(literal: string): bool {
    const word = Text.of(literal)
    if (!this.text.hasAt(this.index, word)) return false
    this.index += word.length
    return true
  }

  private enter(): void {
    if (++this.depth > DEPTH_MAX) this.reject('it is nested more than 32 levels deep')
  }

  private expect(byte: i32, reason: string): void {
    if (this.peek() !== byte) this.reject(reason)
    this.index++
  }

  private peek(): i32 {
    return this.text.at(this.index)
  }

  private skipBlank(): void {
    while (isBlank(this.peek())) this.index++
  }

  private reject(reason: string): void {
    const column = this.text.slice(0, min(this.index, this.text.length)).characterCount() + 1
    throw new Error(`The query cannot be read: ${reason}, at column ${column}.`)
  }
}

function combine(kind: i32, left: Expression, right: Expression): Expression {
  const expression = new Expression(kind)
  expression.left = left
  expression.right = right
  return expression
}

function isSingular(segment: Segment): bool {
  const selectors = segment.selectors
  if (segment.isDescendant || selectors.length !== 1) return false
  return selectors[0].kind === SELECT_NAME || selectors[0].kind === SELECT_INDEX
}

function isNameByte(byte: i32): bool {
  return isAsciiLetter(byte) || isDigit(byte) || byte === 0x5f || byte >= 0x80
}

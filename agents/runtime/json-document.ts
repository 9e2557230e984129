import { JsonScanner } from './json-scanner'
import { decodeJsonString, equalsJsonString } from './json-string'
import { parseNumber } from './numbers'
import { Text } from './text'

/** The kinds of values, named by the first byte of each; every number is a `JSON_NUMBER`. */
export const JSON_OBJECT: i32 = 0x7b
export const JSON_ARRAY: i32 = 0x5b
export const JSON_STRING: i32 = 0x22
export const JSON_TRUE: i32 = 0x74
export const JSON_FALSE: i32 = 0x66
export const JSON_NULL: i32 = 0x6e
export const JSON_NUMBER: i32 = 0x30

/**
 * A parsed JSON document. Values are numbered in the order in which they stand (0 is the whole
 * document) and cost 12 bytes each, so that millions fit; the text itself stays where it is.
 * The members of an object are its keys and values in turn.
 */
export class JsonDocument {
  private view: Text = new Text(0, 0)

  private constructor(private scanner: JsonScanner) {}

  /** Throws a sentence with line and column when the text is not one JSON value. */
  static parse(text: Text): JsonDocument {
    const scanner = new JsonScanner(text)
    scanner.scan()
    return new JsonDocument(scanner)
  }

  kind(value: i32): i32 {
    const first = this.scanner.text.at(this.scanner.startOf(value))
    return first === 0x2d || (first >= 0x30 && first <= 0x39) ? JSON_NUMBER : first
  }

  isContainer(value: i32): bool {
    const kind = this.kind(value)
    return kind === JSON_OBJECT || kind === JSON_ARRAY
  }

  /** The JSON text of the value as it was given. */
  raw(value: i32): Text {
    const from = this.scanner.startOf(value)
    return this.scanner.text.slice(from, this.scanner.endOf(value))
  }

  /** Points `view` at the JSON text of the value, for loops that must not make an object each time. */
  readRaw(value: i32, view: Text): void {
    const from = this.scanner.startOf(value)
    view.start = this.scanner.text.start + from
    view.length = this.scanner.endOf(value) - from
  }

  /** The first element or key of a container; -1 when it is empty. */
  firstChild(value: i32): i32 {
    return this.scanner.nextOf(value) === value + 1 ? -1 : value + 1
  }

  /** What follows `child` within `parent`; -1 after the last. */
  nextSibling(parent: i32, child: i32): i32 {
    const next = this.scanner.nextOf(child)
    return next < this.scanner.nextOf(parent) ? next : -1
  }

  /** The value of a member; the last one of that name, -1 without one or for another kind. */
  member(object: i32, name: Text): i32 {
    if (this.kind(object) !== JSON_OBJECT) return -1
    let found = -1
    for (let key = this.firstChild(object); key >= 0; key = this.nextSibling(object, key + 1)) {
      if (this.isString(key, name)) found = key + 1
    }
    return found
  }

  field(object: i32, name: string): i32 {
    return this.member(object, Text.of(name))
  }

  /** Whether a string value or key says `expected`; costs no memory. */
  isString(value: i32, expected: Text): bool {
    const text = this.scanner.text
    return equalsJsonString(
      text,
      this.scanner.startOf(value) + 1,
      this.scanner.endOf(value) - 1,
      expected,
    )
  }

  /** The text of a string value or key, with its escapes resolved. */
  string(value: i32): Text {
    const from = this.scanner.startOf(value) + 1
    return decodeJsonString(this.scanner.text.slice(from, this.scanner.endOf(value) - 1))
  }

  /** Like {@link string} without making an object; copies only what has escapes. */
  readString(value: i32, view: Text): void {
    this.readRaw(value, view)
    view.start++
    view.length -= 2
    if (view.indexOf(0x5c, 0) === view.length) return
    const decoded = decodeJsonString(view)
    view.start = decoded.start
    view.length = decoded.length
  }

  number(value: i32): f64 {
    this.readRaw(value, this.view)
    return parseNumber(this.view)
  }
}

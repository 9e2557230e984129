import {
  JSON_ARRAY,
  JSON_FALSE,
  JSON_NULL,
  JSON_OBJECT,
  JSON_STRING,
  JsonDocument,
} from '../../runtime/json-document'
import { decodeUnit, unitLength } from '../../runtime/json-string'
import { Text } from '../../runtime/text'
import { TextBuffer } from '../../runtime/text-buffer'
import { TextCounter } from '../../runtime/text-counter'
import { Part, PART_ESCAPED, PART_INVERTED, PART_RAW, PART_SECTION, PART_TEXT } from './template'

const MISSING = -1
const OUTPUT_BYTES_MAX = 8_388_608
/** Parts rendered and keys looked at: lists inside of lists multiply. */
const STEPS_MAX = 50_000_000
const MISSING_LISTED_MAX = 100

/** Fills the parts of a template, looking names up from the innermost section outwards. */
export class Renderer {
  output: TextBuffer = new TextBuffer(OUTPUT_BYTES_MAX)
  missing: TextCounter = new TextCounter(MISSING_LISTED_MAX)
  private contexts: i32[] = []
  private steps: i32 = 0

  constructor(
    private parts: Part[],
    private data: JsonDocument,
    private isEscaping: bool,
  ) {}

  /** `root` is the number of the value that holds the data. */
  render(root: i32): void {
    this.contexts.push(root)
    this.renderRange(0, this.parts.length)
  }

  /** Recursion is as deep as sections are nested, which the parser limits. */
  private renderRange(from: i32, to: i32): void {
    let index = from
    while (index < to) {
      this.countStep()
      const part = this.parts[index]
      if (part.kind === PART_TEXT) this.output.append(part.text)
      else if (part.kind === PART_ESCAPED || part.kind === PART_RAW) this.renderValue(part)
      else if (part.kind === PART_SECTION) this.renderSection(index)
      else if (part.kind === PART_INVERTED && this.isEmpty(this.lookUp(part.text))) {
        this.renderRange(index + 1, part.end)
      }
      index = part.end > 0 ? part.end + 1 : index + 1
    }
  }

  private renderSection(index: i32): void {
    const part = this.parts[index]
    const value = this.lookUp(part.text)
    if (this.isEmpty(value)) return
    if (this.data.kind(value) !== JSON_ARRAY) {
      this.renderWith(value, index + 1, part.end)
      return
    }
    let item = this.data.firstChild(value)
    while (item >= 0) {
      this.countStep()
      this.renderWith(item, index + 1, part.end)
      item = this.data.nextSibling(value, item)
    }
  }

  private renderWith(context: i32, from: i32, to: i32): void {
    this.contexts.push(context)
    this.renderRange(from, to)
    this.contexts.pop()
  }

  private renderValue(part: Part): void {
    const value = this.lookUp(part.text)
    if (value === MISSING) {
      this.missing.addText(part.text)
      return
    }
    const kind = this.data.kind(value)
    if (kind === JSON_NULL) return
    this.data.readRaw(value, raw)
    const isEscaping = this.isEscaping && part.kind === PART_ESCAPED
    if (kind === JSON_STRING) this.appendString(1, raw.length - 1, isEscaping)
    else this.appendString(0, raw.length, isEscaping, true)
  }

  /** Decodes as it goes: a copy for every use of a value would fill the sandbox. */
  private appendString(from: i32, to: i32, isEscaping: bool, isVerbatim: bool = false): void {
    let index = from
    while (index < to) {
      const length = isVerbatim ? copyByte(index) : decodeUnit(raw, index, unit)
      const entity = isEscaping && length === 1 ? entityOf(<i32>load<u8>(unit)) : null
      if (entity === null) this.output.appendBytes(unit, length)
      else this.output.append(entity)
      index += isVerbatim ? 1 : unitLength(raw, index)
    }
  }

  /** False, null, "" and [] are empty, and so is what is missing. */
  private isEmpty(value: i32): bool {
    if (value === MISSING) return true
    const kind = this.data.kind(value)
    if (kind === JSON_FALSE || kind === JSON_NULL) return true
    if (kind === JSON_ARRAY) return this.data.firstChild(value) < 0
    this.data.readRaw(value, raw)
    return kind === JSON_STRING && raw.length === 2
  }

  /** The first part of a dotted name is looked up outwards, the rest inside of what it names. */
  private lookUp(name: Text): i32 {
    const innermost = this.contexts[this.contexts.length - 1]
    if (name.length === 1 && name.at(0) === 0x2e) return innermost
    let end = name.indexOf(0x2e, 0)
    setView(segment, name, 0, end)
    let value = this.lookUpOutwards(segment)
    while (end < name.length && value !== MISSING) {
      const next = name.indexOf(0x2e, end + 1)
      setView(segment, name, end + 1, next)
      value = this.member(value, segment)
      end = next
    }
    return value
  }

  private lookUpOutwards(name: Text): i32 {
    for (let depth = this.contexts.length - 1; depth >= 0; depth--) {
      const value = this.member(this.contexts[depth], name)
      if (value !== MISSING) return value
    }
    return MISSING
  }

  private member(object: i32, name: Text): i32 {
    if (this.data.kind(object) !== JSON_OBJECT) return MISSING
    let found = MISSING
    let key = this.data.firstChild(object)
    while (key >= 0) {
      this.countStep()
      if (this.data.isString(key, name)) found = key + 1
      key = this.data.nextSibling(object, key + 1)
    }
    return found
  }

  private countStep(): void {
    if (++this.steps > STEPS_MAX) {
      throw new Error('The template repeats its lists too often: more than 50,000,000 steps.')
    }
  }
}

/** Views and places that are used again and again. */
const raw = new Text(0, 0)
const segment = new Text(0, 0)
const unit = memory.data(4)

function setView(view: Text, text: Text, from: i32, to: i32): void {
  view.start = text.start + from
  view.length = to - from
}

function copyByte(index: i32): i32 {
  store<u8>(unit, load<u8>(raw.start + index))
  return 1
}

const ENTITY_AMPERSAND = Text.of('&amp;')
const ENTITY_LESS = Text.of('&lt;')
const ENTITY_GREATER = Text.of('&gt;')
const ENTITY_QUOTE = Text.of('&quot;')
const ENTITY_APOSTROPHE = Text.of('&#39;')

function entityOf(byte: i32): Text | null {
  if (byte === 0x26) return ENTITY_AMPERSAND
  if (byte === 0x3c) return ENTITY_LESS
  if (byte === 0x3e) return ENTITY_GREATER
  if (byte === 0x22) return ENTITY_QUOTE
  return byte === 0x27 ? ENTITY_APOSTROPHE : null
}

import { isBlank, Text } from '../../runtime/text'

/** What a part of a template is. */
export const PART_TEXT = 0
export const PART_ESCAPED = 1
export const PART_RAW = 2
export const PART_SECTION = 3
export const PART_INVERTED = 4
export const PART_END = 5
const PART_COMMENT = 6

const SECTION_DEPTH_MAX = 64
const PARTS_MAX = 200_000
const NAME_CHARACTERS_MAX = 100

export class Part {
  /** For sections: the index of the part that ends it. */
  end: i32 = 0

  constructor(
    public kind: i32,
    /** The text itself, or the name in a tag. */
    public text: Text,
  ) {}
}

/**
 * Cuts a Mustache template into parts. Throws a sentence with the line for tags that are not
 * closed, sections that do not match, partials and changed delimiters.
 */
export class TemplateParser {
  parts: Part[] = []
  private index: i32 = 0
  private open: i32[] = []

  constructor(private template: Text) {}

  parse(): Part[] {
    while (this.index < this.template.length) {
      const tag = this.findTag(this.index)
      if (tag < 0) {
        this.addText(this.index, this.template.length)
        break
      }
      this.takeTag(tag)
    }
    if (this.open.length > 0) {
      const section = this.parts[this.open[this.open.length - 1]]
      throw new Error(`The section "${section.text.excerpt(NAME_CHARACTERS_MAX)}" is never closed.`)
    }
    return this.parts
  }

  private takeTag(from: i32): void {
    const template = this.template
    const sign = template.at(from + 2)
    const isTriple = sign === 0x7b
    const contentFrom = from + 2 + (isSign(sign) ? 1 : 0)
    const contentTo = this.findEnd(contentFrom, isTriple, from)
    const to = contentTo + (isTriple ? 3 : 2)
    const name = template.slice(contentFrom, contentTo).trim()
    const kind = this.kindOf(sign, from)
    const isBlock = kind >= PART_SECTION
    const lineStart = isBlock ? this.standaloneStart(from) : -1
    const lineEnd = lineStart < 0 ? -1 : this.standaloneEnd(to)
    this.addText(this.index, lineEnd < 0 ? from : max(lineStart, this.index))
    this.index = lineEnd < 0 ? to : lineEnd
    if (kind !== PART_COMMENT) this.addTag(kind, name, from)
  }

  private kindOf(sign: i32, from: i32): i32 {
    if (sign === 0x23) return PART_SECTION
    if (sign === 0x5e) return PART_INVERTED
    if (sign === 0x2f) return PART_END
    if (sign === 0x21) return PART_COMMENT
    if (sign === 0x7b || sign === 0x26) return PART_RAW
    if (sign === 0x3e)
      throw new Error(`Partials such as the one ${this.place(from)} are not supported.`)
    if (sign === 0x3d)
      throw new Error(`Delimiters cannot be changed, as tried ${this.place(from)}.`)
    return PART_ESCAPED
  }

  private addTag(kind: i32, name: Text, from: i32): void {
    if (name.length === 0) throw new Error(`The tag ${this.place(from)} has no name.`)
    if (kind === PART_SECTION || kind === PART_INVERTED) {
      if (this.open.length === SECTION_DEPTH_MAX) {
        throw new Error('Sections are nested more than 64 levels deep.')
      }
      this.open.push(this.parts.length)
    }
    if (kind === PART_END) this.closeSection(name, from)
    this.add(new Part(kind, name))
  }

  private closeSection(name: Text, from: i32): void {
    const opened = this.open.length > 0 ? this.parts[this.open.pop()] : null
    if (opened === null || !opened.text.equals(name)) {
      const expected =
        opened === null
          ? 'no section is open'
          : `"${opened.text.excerpt(NAME_CHARACTERS_MAX)}" is open`
      throw new Error(
        `"${name.excerpt(NAME_CHARACTERS_MAX)}" is closed ${this.place(from)}, but ${expected}.`,
      )
    }
    opened.end = this.parts.length
  }

  private addText(from: i32, to: i32): void {
    if (to > from) this.add(new Part(PART_TEXT, this.template.slice(from, to)))
  }

  private add(part: Part): void {
    if (this.parts.length === PARTS_MAX)
      throw new Error('The template has more than 200,000 parts.')
    this.parts.push(part)
  }

  private findTag(from: i32): i32 {
    let index = this.template.indexOf(0x7b, from)
    while (index < this.template.length) {
      if (this.template.at(index + 1) === 0x7b) return index
      index = this.template.indexOf(0x7b, index + 1)
    }
    return -1
  }

  private findEnd(from: i32, isTriple: bool, tag: i32): i32 {
    let index = this.template.indexOf(0x7d, from)
    while (index < this.template.length) {
      const isPair = this.template.at(index + 1) === 0x7d
      if (isPair && (!isTriple || this.template.at(index + 2) === 0x7d)) return index
      index = this.template.indexOf(0x7d, index + 1)
    }
    throw new Error(`The tag ${this.place(tag)} is not closed.`)
  }

  /** Where the line begins, if nothing but white space stands before the tag; else -1. */
  private standaloneStart(from: i32): i32 {
    let index = from
    while (index > this.index && isInlineBlank(this.template.at(index - 1))) index--
    return index === 0 || this.template.at(index - 1) === 0x0a ? index : -1
  }

  /** Where the next line begins, if nothing but white space stands behind the tag; else -1. */
  private standaloneEnd(to: i32): i32 {
    let index = to
    while (isInlineBlank(this.template.at(index))) index++
    if (index === this.template.length) return index
    if (this.template.at(index) === 0x0d) index++
    return this.template.at(index) === 0x0a ? index + 1 : -1
  }

  private place(index: i32): string {
    let line = 1
    for (let at = 0; at < index; at++) if (this.template.at(at) === 0x0a) line++
    return `in line ${line}`
  }
}

function isSign(byte: i32): bool {
  return (
    byte === 0x23 || // #
    byte === 0x5e || // ^
    byte === 0x2f || // /
    byte === 0x21 || // !
    byte === 0x7b || // {
    byte === 0x26 || // &
    byte === 0x3e || // >
    byte === 0x3d // =
  )
}

function isInlineBlank(byte: i32): bool {
  return isBlank(byte) && byte !== 0x0a && byte !== 0x0d
}

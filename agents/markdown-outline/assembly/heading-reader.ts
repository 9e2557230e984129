import { Text } from '../../runtime/text'
import {
  atxContent,
  atxLevel,
  closesFence,
  fenceLength,
  isThematicBreak,
  Line,
  listMarkerWidth,
  setextLevel,
} from './block-rules'
import { endsHtml, HTML_NONE, HTML_UNTIL_BLANK, htmlKind } from './html-rules'

const NO_PARAGRAPH = 0
/** A paragraph of the document itself, which an underline can make a heading. */
const PARAGRAPH = 1
/** One inside of a list item or block quote. */
const INNER_PARAGRAPH = 2

/**
 * Finds the headings of a Markdown document, one after the other: ATX and setext, as CommonMark
 * 0.31 defines them. What stands in code, HTML blocks, lists, block quotes or front matter is no
 * heading of the document.
 */
export class HeadingReader {
  level: i32 = 0
  /** The heading's inline content; the lines of a long setext heading are still separate. */
  content: Text
  /** The number of the line where the heading begins. */
  lineNumber: i32 = 0
  private line: Line
  private position: i32 = 0
  private currentLine: i32 = 0
  private paragraph: i32 = NO_PARAGRAPH
  private paragraphFrom: i32 = 0
  private paragraphTo: i32 = 0
  private paragraphLine: i32 = 0
  private fenceByte: i32 = 0
  private fenceSize: i32 = 0
  private html: i32 = HTML_NONE
  /** Lines indented so far belong to a list item; 0 outside of lists. */
  private listIndent: i32 = 0

  constructor(private text: Text) {
    this.content = text
    this.line = new Line(text)
    this.skipFrontMatter()
  }

  next(): bool {
    this.level = 0
    while (this.level === 0 && this.position < this.text.length) {
      this.readLine()
      this.takeLine()
    }
    return this.level > 0
  }

  /** Lines end with LF, CRLF or CR. */
  private readLine(): void {
    let end = this.position
    while (end < this.text.length && this.text.at(end) !== 0x0a && this.text.at(end) !== 0x0d) end++
    this.line.set(this.position, end)
    this.position = end + (this.text.at(end) === 0x0d && this.text.at(end + 1) === 0x0a ? 2 : 1)
    this.currentLine++
  }

  private takeLine(): void {
    const line = this.line
    if (this.fenceSize > 0) {
      if (closesFence(line, this.fenceByte, this.fenceSize)) this.fenceSize = 0
    } else if (this.html !== HTML_NONE) this.takeHtmlLine()
    else if (line.isBlank()) this.paragraph = NO_PARAGRAPH
    else if (this.listIndent > 0 && line.indent >= this.listIndent) this.paragraph = INNER_PARAGRAPH
    else if (line.indent > 3) this.continueParagraph()
    else this.takeBlockLine()
  }

  private takeHtmlLine(): void {
    const isEnd =
      this.html === HTML_UNTIL_BLANK ? this.line.isBlank() : endsHtml(this.line, this.html)
    if (isEnd) this.html = HTML_NONE
  }

  private takeBlockLine(): void {
    const line = this.line
    if (this.paragraph === PARAGRAPH && setextLevel(line) > 0) this.endSetext(setextLevel(line))
    else if (atxLevel(line) > 0) this.takeAtx(atxLevel(line))
    else if (fenceLength(line) > 0) this.openFence()
    else if (isThematicBreak(line)) this.leaveContainers()
    else if (line.first() === 0x3e) this.enterContainer(0)
    else this.takeListOrText()
  }

  private takeListOrText(): void {
    const line = this.line
    const isInParagraph = this.paragraph !== NO_PARAGRAPH
    const marker = listMarkerWidth(line, this.paragraph === PARAGRAPH)
    const html = htmlKind(line, isInParagraph)
    if (marker > 0) this.enterContainer(line.indent + marker)
    else if (html === HTML_NONE) this.continueParagraph()
    else {
      this.leaveContainers()
      this.html = html !== HTML_UNTIL_BLANK && endsHtml(line, html) ? HTML_NONE : html
    }
  }

  private takeAtx(level: i32): void {
    this.leaveContainers()
    this.level = level
    this.content = atxContent(this.line, level)
    this.lineNumber = this.currentLine
  }

  private endSetext(level: i32): void {
    this.leaveContainers()
    this.level = level
    this.content = this.text.slice(this.paragraphFrom, this.paragraphTo)
    this.lineNumber = this.paragraphLine
  }

  private openFence(): void {
    this.leaveContainers()
    this.fenceByte = this.line.first()
    this.fenceSize = fenceLength(this.line)
  }

  private leaveContainers(): void {
    this.paragraph = NO_PARAGRAPH
    this.listIndent = 0
  }

  private enterContainer(listIndent: i32): void {
    this.paragraph = INNER_PARAGRAPH
    this.listIndent = listIndent
  }

  /** Begins a paragraph or goes on with the current one, even with an inner one ("lazily"). */
  private continueParagraph(): void {
    if (this.paragraph === INNER_PARAGRAPH) return
    if (this.paragraph === NO_PARAGRAPH) {
      if (this.line.indent > 3) return
      this.leaveContainers()
      this.paragraph = PARAGRAPH
      this.paragraphFrom = this.line.content
      this.paragraphLine = this.currentLine
    }
    this.paragraphTo = this.line.end
  }

  /** YAML between two lines of `---` at the very top is no part of the document. */
  private skipFrontMatter(): void {
    this.readLine()
    if (this.isFrontMatterMark()) {
      while (this.position < this.text.length) {
        this.readLine()
        if (this.isFrontMatterMark()) return
      }
    }
    this.position = 0
    this.currentLine = 0
  }

  private isFrontMatterMark(): bool {
    const line = this.line
    return line.indent === 0 && line.run(0x2d) === 3 && line.end === line.content + 3
  }
}

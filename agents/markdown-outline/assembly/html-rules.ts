import { Text } from '../../runtime/text'
import { Line, tagNameLength } from './block-rules'

/** No HTML block begins here. */
export const HTML_NONE = 0
/** The block ends with the first blank line. */
export const HTML_UNTIL_BLANK = 6

/** What ends the kinds 1 to 5 of HTML blocks (CommonMark 4.6). */
const ENDS: Text[] = [Text.of('</'), Text.of('-->'), Text.of('?>'), Text.of('>'), Text.of(']]>')]
/** Elements whose text is no Markdown. */
const VERBATIM = ' pre script style textarea '
/** Elements that begin a block wherever they stand. */
const BLOCKS =
  ' address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link main menu menuitem nav noframes ol optgroup option p param search section summary table tbody td tfoot th thead title tr track ul '

/** The kind of HTML block that the line begins: 1 to 5, {@link HTML_UNTIL_BLANK} or none. */
export function htmlKind(line: Line, isInParagraph: bool): i32 {
  if (line.first() !== 0x3c) return HTML_NONE
  const text = line.text
  const next = line.content + 1
  if (text.hasAt(next, Text.of('!--'))) return 2
  if (text.at(next) === 0x3f) return 3
  if (text.hasAt(next, Text.of('![CDATA['))) return 5
  if (text.at(next) === 0x21 && tagNameLength(text, next + 1) > 0) return 4
  const isClosing = text.at(next) === 0x2f
  const nameAt = isClosing ? next + 1 : next
  const length = tagNameLength(text, nameAt)
  if (length === 0 || length > 20) return HTML_NONE
  const name = ` ${text
    .slice(nameAt, nameAt + length)
    .toString()
    .toLowerCase()} `
  if (!isClosing && VERBATIM.includes(name)) return 1
  if (BLOCKS.includes(name)) return HTML_UNTIL_BLANK
  return !isInParagraph && isOneTag(line) ? HTML_UNTIL_BLANK : HTML_NONE
}

/** Whether a block of the kinds 1 to 5 ends with this line. */
export function endsHtml(line: Line, kind: i32): bool {
  const end = ENDS[kind - 1]
  for (let index = line.content; index + end.length <= line.end; index++) {
    if (line.text.hasAt(index, end) && (kind !== 1 || isVerbatimEnd(line.text, index))) return true
  }
  return false
}

function isVerbatimEnd(text: Text, index: i32): bool {
  const length = tagNameLength(text, index + 2)
  if (length === 0 || length > 20 || text.at(index + 2 + length) !== 0x3e) return false
  return VERBATIM.includes(
    ` ${text
      .slice(index + 2, index + 2 + length)
      .toString()
      .toLowerCase()} `,
  )
}

/** A single tag fills the line. */
function isOneTag(line: Line): bool {
  return line.text.indexBefore(0x3e, line.content, line.end) === line.end - 1
}

import { JSON_OBJECT, JsonDocument } from '../../runtime/json-document'
import { hexadecimalDigit } from '../../runtime/json-writer'
import { Text } from '../../runtime/text'
import { TextBuffer } from '../../runtime/text-buffer'

const DEPTH_MAX = 513
const PATH_BYTES_MAX = 1_048_576

/**
 * Writes normalized paths (RFC 9535 2.7) of values, such as `$['books'][2]['title']`. It remembers
 * where it stood at every depth, so that values asked for in order cost one walk together.
 */
export class PathWriter {
  private path: TextBuffer = new TextBuffer(PATH_BYTES_MAX)
  private containers: StaticArray<i32> = new StaticArray<i32>(DEPTH_MAX)
  private children: StaticArray<i32> = new StaticArray<i32>(DEPTH_MAX)
  private places: StaticArray<i32> = new StaticArray<i32>(DEPTH_MAX)
  private view: Text = new Text(0, 0)

  constructor(private document: JsonDocument) {
    for (let depth = 0; depth < DEPTH_MAX; depth++) this.containers[depth] = -1
  }

  /** The path of `value` from `root`. */
  pathOf(value: i32, root: i32): Text {
    this.path.clear()
    this.path.appendByte(0x24)
    let current = root
    for (let depth = 0; current !== value; depth++) current = this.descend(current, value, depth)
    return this.path.text()
  }

  /** Appends the name or index of the child that is or holds `value`, and answers the child. */
  private descend(container: i32, value: i32, depth: i32): i32 {
    const isObject = this.document.kind(container) === JSON_OBJECT
    const isKnown = this.containers[depth] === container && this.children[depth] <= value
    let child = isKnown ? this.children[depth] : this.document.firstChild(container)
    let place = isKnown ? this.places[depth] : 0
    while (true) {
      const inner = isObject ? child + 1 : child
      const next = this.document.nextSibling(container, inner)
      if (next < 0 || next > value) break
      child = next
      place++
    }
    this.containers[depth] = container
    this.children[depth] = child
    this.places[depth] = place
    if (isObject) this.appendName(child)
    else this.appendIndex(place)
    return isObject ? child + 1 : child
  }

  private appendName(key: i32): void {
    this.document.readString(key, this.view)
    this.path.append(OPEN)
    for (let index = 0; index < this.view.length; index++) this.appendNameByte(this.view.at(index))
    this.path.append(CLOSE)
  }

  private appendIndex(place: i32): void {
    this.path.appendByte(0x5b)
    this.path.appendInteger(place)
    this.path.appendByte(0x5d)
  }

  private appendNameByte(byte: i32): void {
    const short = shortEscape(byte)
    if (short !== 0) {
      this.path.appendByte(0x5c)
      this.path.appendByte(short)
    } else if (byte < 0x20) {
      this.path.append(UNICODE)
      this.path.appendByte(0x30 + (byte >> 4))
      this.path.appendByte(hexadecimalDigit(byte & 15))
    } else this.path.appendByte(byte)
  }
}

const OPEN = Text.of("['")
const CLOSE = Text.of("']")
const UNICODE = Text.of('\\u00')

function shortEscape(byte: i32): i32 {
  if (byte === 0x27 || byte === 0x5c) return byte
  if (byte === 0x0a) return 0x6e
  if (byte === 0x0d) return 0x72
  if (byte === 0x09) return 0x74
  if (byte === 0x08) return 0x62
  return byte === 0x0c ? 0x66 : 0
}

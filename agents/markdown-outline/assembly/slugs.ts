import { Text } from '../../runtime/text'
import { TextBuffer } from '../../runtime/text-buffer'
import { TextCounter } from '../../runtime/text-counter'
import { characterAt, sequenceLength } from '../../runtime/utf8'
import { isWordCharacter, lowerCaseInPlace } from '../../runtime/words'

/**
 * Names the anchors as GitHub does: small letters, a hyphen for each space, no other signs; the
 * second heading of one name gets `-1`, the third `-2`.
 */
export class Slugs {
  private used: TextCounter
  private draft: TextBuffer = new TextBuffer(8_192)

  constructor(headingsMax: i32) {
    this.used = new TextCounter(2 * headingsMax)
  }

  /** An anchor that no earlier heading has. */
  next(heading: Text): Text {
    this.draft.clear()
    for (let index = 0; index < heading.length;) {
      const size = sequenceLength(heading.at(index))
      this.appendCharacter(heading, index, size)
      index += size
    }
    const base = this.draft.text().copy()
    lowerCaseInPlace(base)
    const index = this.used.addText(base)
    return this.used.count(index) === 1 ? base : this.numbered(base, index)
  }

  private appendCharacter(heading: Text, index: i32, size: i32): void {
    const byte = heading.at(index)
    if (byte === 0x20) this.draft.appendByte(0x2d)
    else if (byte === 0x2d || byte === 0x5f || isWordCharacter(characterAt(heading, index))) {
      this.draft.appendBytes(heading.start + index, size)
    }
  }

  /** Counts on from the last number of this name, so that many equal names stay cheap. */
  private numbered(base: Text, index: i32): Text {
    while (true) {
      const numbered = Text.of(`${base.toString()}-${this.used.count(index) - 1}`)
      if (this.used.find(numbered.start, numbered.length) < 0) {
        this.used.addText(numbered)
        return numbered
      }
      this.used.addText(base)
    }
  }
}

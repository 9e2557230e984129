import { ERRNO } from './errno.ts'
import type { Guest } from './guest.ts'

/** `args_*` and `environ_*`: two lists of strings, each ended by a zero byte. */
export const argumentCalls = (guest: Guest) => ({
  args_sizes_get: (countAt: number, bytesAt: number) =>
    writeSizes(guest, guest.args, [countAt, bytesAt]),
  args_get: (pointersAt: number, textAt: number) =>
    writeStrings(guest, guest.args, [pointersAt, textAt]),
  environ_sizes_get: (countAt: number, bytesAt: number) =>
    writeSizes(guest, guest.env, [countAt, bytesAt]),
  environ_get: (pointersAt: number, textAt: number) =>
    writeStrings(guest, guest.env, [pointersAt, textAt]),
})

type Strings = readonly Uint8Array[]

const writeSizes = (guest: Guest, strings: Strings, at: [number, number]) => {
  guest.memory.check(at[1], 4)
  guest.memory.setU32(at[0], strings.length)
  guest.memory.setU32(
    at[1],
    strings.reduce((bytes, text) => bytes + text.length + 1, 0),
  )
  return ERRNO.success
}

const writeStrings = (guest: Guest, strings: Strings, at: [number, number]) => {
  let pointerAt = at[0] >>> 0
  let textAt = at[1] >>> 0
  for (const text of strings) {
    guest.memory.setU32(pointerAt, textAt)
    const span = guest.memory.span(textAt, text.length + 1)
    span.set(text)
    span[text.length] = 0
    pointerAt += 4
    textAt += text.length + 1
  }
  return ERRNO.success
}

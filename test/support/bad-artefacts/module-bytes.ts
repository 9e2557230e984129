import { ByteWriter, encodeU32 } from '../../../src/executors/wasm/module/byte-writer.ts'

/** Id and content of a section. */
export type Section = readonly [id: number, content: readonly number[]]

export const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

export const moduleOf = (sections: readonly Section[], header: readonly number[] = HEADER) => {
  const writer = new ByteWriter().bytes(header)
  for (const [id, content] of sections) writer.bytes([id]).sized(Uint8Array.from(content))
  return writer.finish()
}

export const name = (text: string): number[] => [
  ...encodeU32(Buffer.byteLength(text)),
  ...Buffer.from(text),
]

export const counted = (entries: readonly (readonly number[])[]): number[] => [
  ...encodeU32(entries.length),
  ...entries.flat(),
]

const I32 = 0x7f
const CONST_0 = [0x41, 0, 0x0b]
const EMPTY_BODY = [2, 0, 0x0b]

/** A sound program with a section of every kind, by what the sections are called. */
export const SECTIONS = {
  custom: [0, [...name('note'), 1, 2, 3]],
  type: [
    1,
    counted([
      [0x60, 0, 0],
      [0x60, 2, I32, I32, 1, I32],
    ]),
  ],
  import: [2, counted([[...name('wasi_snapshot_preview1'), ...name('random_get'), 0, 1]])],
  function: [3, counted([[0], [0]])],
  table: [4, counted([[0x70, 0, 2]])],
  memory: [5, counted([[0, 1]])],
  global: [6, counted([[I32, 0, ...CONST_0]])],
  export: [
    7,
    counted([
      [...name('memory'), 2, 0],
      [...name('_start'), 0, 1],
    ]),
  ],
  element: [9, counted([[0, ...CONST_0, 1, 1]])],
  dataCount: [12, [1]],
  code: [10, counted([EMPTY_BODY, EMPTY_BODY])],
  data: [11, counted([[0, ...CONST_0, ...name('hello')]])],
} as const satisfies Readonly<Record<string, Section>>
export type SectionName = keyof typeof SECTIONS

/** The program with some of its sections replaced, or left out where the replacement is null. */
export const program = (
  changes: Partial<Record<SectionName, readonly number[] | null>> = {},
): Uint8Array => moduleOf(sectionsWith(changes))

export const sectionsWith = (
  changes: Partial<Record<SectionName, readonly number[] | null>>,
): Section[] =>
  (Object.entries(SECTIONS) as [SectionName, Section][]).flatMap(([key, [id, content]]) => {
    const changed = key in changes ? changes[key] : content
    return changed === null || changed === undefined ? [] : [[id, changed] as const]
  })

/** The program up to the middle of a section. */
export const cutWithin = (cut: SectionName): Uint8Array => {
  const names = Object.keys(SECTIONS) as SectionName[]
  const before = names.slice(0, names.indexOf(cut))
  const [id, content] = SECTIONS[cut]
  const begun = [id, ...encodeU32(content.length), ...content.slice(0, content.length / 2)]
  return Uint8Array.from([...moduleOf(before.map((key) => SECTIONS[key])), ...begun])
}

/** The program with this body as its `_start`. */
export const starting = (body: readonly number[]): Uint8Array =>
  program({ code: counted([[...encodeU32(body.length), ...body], EMPTY_BODY]) })

import { crc32, inflateSync } from 'node:zlib'
import { invalidField } from '#platform/errors.ts'

const BYTES_MAX = 32 * 1_024
const SIDE_MAX = 512
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const DATA_URL = 'data:image/png;base64,'
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
/** Length, type and checksum of a chunk (PNG, section 5.3). */
const CHUNK_FRAME = 12
const HEADER_BYTES = 13
/** Samples of a pixel, by type of colour (section 11.2.1). */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
/** Interlacing makes seven passes, whose lines have a byte of their own each. */
const PASSES = 7
/** Chunks that draw. Others may hold texts, profiles or anything else, and are refused. */
const CHUNKS = new Set([
  'IHDR',
  'PLTE',
  'IDAT',
  'IEND',
  'tRNS',
  'gAMA',
  'sRGB',
  'pHYs',
  'bKGD',
  'cHRM',
  'sBIT',
])

/**
 * Reads an icon: a PNG (ISO/IEC 15948) and nothing but a PNG, in base64 or as a data URL.
 * @throws AppError 422 for `icon`
 */
export const parseIcon = (text: string): Uint8Array => {
  const base64 = text.startsWith(DATA_URL) ? text.slice(DATA_URL.length) : text
  if (!BASE64.test(base64))
    throw refused('must be a PNG in base64; SVG and other formats are not taken')
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length > BYTES_MAX) throw refused(`must have ${BYTES_MAX} bytes at the most`)
  if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw refused('must be a PNG')
  const { header, pixels } = readChunks(bytes)
  checkPixels(header, pixels)
  return bytes
}

export const iconUrl = (icon: Uint8Array): string => DATA_URL + Buffer.from(icon).toString('base64')

const readChunks = (bytes: Buffer): { header: Buffer; pixels: Buffer } => {
  const parts: Buffer[] = []
  let at = SIGNATURE.length
  let isFirst = true
  for (;;) {
    if (at + CHUNK_FRAME > bytes.length) throw refused('is a PNG that was cut short')
    const length = bytes.readUInt32BE(at)
    const end = at + CHUNK_FRAME + length
    if (end > bytes.length) throw refused('is a PNG that was cut short')
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (!CHUNKS.has(type)) throw refused(`holds a part that no icon needs: ${JSON.stringify(type)}`)
    if (isFirst !== (type === 'IHDR')) throw refused('is no sound PNG')
    if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4))
      throw refused('is a PNG with a wrong checksum')
    if (isFirst) checkSize(bytes, at + 8, length)
    if (type === 'IDAT') parts.push(bytes.subarray(at + 8, end - 4))
    isFirst = false
    at = end
    if (type === 'IEND') break
  }
  if (at !== bytes.length) throw refused('must end where the PNG ends')
  const header = bytes.subarray(SIGNATURE.length + 8, SIGNATURE.length + 8 + HEADER_BYTES)
  return { header, pixels: Buffer.concat(parts) }
}

const checkSize = (bytes: Buffer, at: number, length: number): void => {
  if (length !== HEADER_BYTES) throw refused('is no sound PNG')
  const [width, height] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]
  if (width === 0 || height === 0 || width > SIDE_MAX || height > SIDE_MAX)
    throw refused(`must be ${SIDE_MAX} × ${SIDE_MAX} pixels at the most`)
}

/** What the pixels are packed from must be as large as the header says: less is cut, more a bomb. */
const checkPixels = (header: Buffer, packed: Buffer): void => {
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const [depth = 0, colour = 0, , , interlace] = header.subarray(8)
  const channels = CHANNELS[colour]
  if (channels === undefined || ![1, 2, 4, 8, 16].includes(depth)) throw refused('is no sound PNG')
  const plain = height * (1 + Math.ceil((width * depth * channels) / 8))
  const most = interlace === 1 ? plain + PASSES * (width + height) * 2 : plain
  try {
    const pixels = inflateSync(packed, { maxOutputLength: most })
    if (interlace === 1 || pixels.length === plain) return
  } catch {
    // Said below.
  }
  throw refused('is a PNG whose pixels do not fit its size')
}

const refused = (message: string) => invalidField('icon', message)

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const SIDE_MAX = 512
/** Ahead of width and height: the signature, and length and type of the first chunk. */
const SIZE_OFFSET = 16

/** What is plainly wrong with an icon; Cadre looks more closely when it is published. */
export const pngFault = (bytes: Buffer): string | null => {
  if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE))
    return 'is no PNG; SVG and other formats are not taken'
  if (bytes.length < SIZE_OFFSET + 8) return 'is a PNG that was cut short'
  const [width, height] = [bytes.readUInt32BE(SIZE_OFFSET), bytes.readUInt32BE(SIZE_OFFSET + 4)]
  const isSmall = width > 0 && height > 0 && width <= SIDE_MAX && height <= SIDE_MAX
  return isSmall
    ? null
    : `is ${width} × ${height} pixels large; ${SIDE_MAX} × ${SIDE_MAX} are the most`
}

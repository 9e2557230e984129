/** What is read of and written into the few XML documents of S3 that are needed here. */

export interface UploadedPart {
  number: number
  etag: string
  /** SHA-256 in base64. */
  checksum: string
}

/** What CompleteMultipartUpload takes. */
export const partsDocument = (parts: readonly UploadedPart[]): string => {
  const all = parts.map(
    ({ number, etag, checksum }) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>${escaped(etag)}</ETag>` +
      `<ChecksumSHA256>${checksum}</ChecksumSHA256></Part>`,
  )
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${all.join('')}</CompleteMultipartUpload>`
}

/** The texts of all elements of a name that hold nothing but text. */
export const elementsIn = (document: string, name: string): string[] =>
  [...document.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) =>
    unescaped(text),
  )

/** One page of ListObjectsV2. */
export const listingOf = (document: string) => ({
  objects: [...document.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, entry = '']) => ({
    place: elementsIn(entry, 'Key')[0] ?? '',
    at: new Date(elementsIn(entry, 'LastModified')[0] ?? Number.NaN),
  })),
  next: elementsIn(document, 'NextContinuationToken')[0] ?? null,
})

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign] ?? '')
const unescaped = (text: string): string =>
  Object.entries(ENTITIES)
    .toReversed()
    .reduce((plain, [sign, entity]) => plain.replaceAll(entity, sign), text)

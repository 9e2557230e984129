import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { S3Request } from './s3-client.ts'

/** A small body that is at hand. */
export const bytesBody = (text: string): NonNullable<S3Request<unknown>['body']> => {
  const bytes = Buffer.from(text)
  return {
    open: () => Readable.from([bytes]),
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
}

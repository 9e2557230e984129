import { AppError, unavailable } from '../errors.ts'

export const blobTooLarge = (bytesMax: number) =>
  new AppError({
    kind: 'too_large',
    code: 'blob.too_large',
    publicMessage: `The file is larger than the allowed ${bytesMax} bytes.`,
  })

export const blobNotFound = (key: string) =>
  new AppError({
    kind: 'not_found',
    code: 'blob.not_found',
    publicMessage: 'The stored file is missing.',
    message: `No blob under ${key}`,
  })

/** The store is away or overloaded, and stayed so through every try. */
export const blobStoreUnavailable = (cause: unknown) =>
  unavailable('blob.store_unavailable', 'The file store does not answer.', cause)

/** The store understood and refused: its address, bucket or keys are configured wrongly. */
export const blobStoreRefused = (status: number, reason: string) =>
  new AppError({
    kind: 'internal',
    code: 'blob.store_refused',
    publicMessage: 'The file store refused a request. Its settings need attention.',
    message: `The S3 store answered ${status} ${reason}. Check CADRE_S3_BUCKET, CADRE_S3_REGION and its keys.`,
  })

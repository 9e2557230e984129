import { Readable } from 'node:stream'
import { AwsV4Signer } from 'aws4fetch'
import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { Random } from '../random.ts'
import { blobStoreRefused, blobStoreUnavailable } from './blob-errors.ts'

export interface S3Settings {
  /** Of the store, without the bucket. */
  endpoint: string
  bucket: string
  region: string
  accessKey: string
  secretKey: string
  /** The bucket stands in the path rather than in the host's name. */
  isPathStyle: boolean
  /** The store as clients reach it; null where they do not. */
  publicEndpoint: string | null
}

export interface S3Request<Answer> {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Of the object; '' is the bucket. */
  path: string
  query?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
  /** Opened anew for every try. */
  body?: { open: () => Readable; bytes: number; sha256: string }
  /** Gets a success or a 404; reading what it carries belongs to the try. */
  receive: (response: Response) => Promise<Answer>
}

export type S3Client = ReturnType<typeof createS3Client>

const TRIES_MAX = 5
const BACKOFF_BASE_MS = 100
const BACKOFF_CAP_MS = 5_000
const REQUEST_MS_MAX = 300_000
const ERROR_LENGTH_MAX = 10_000
/** SHA-256 of nothing. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Signed requests to one bucket; what may pass is tried again with backoff and jitter. */
export const createS3Client = (
  settings: S3Settings,
  { clock, random }: { clock: Clock; random: Random },
) => {
  const base = bucketAddress(settings)
  const signing = () => ({
    service: 's3',
    region: settings.region,
    accessKeyId: settings.accessKey,
    secretAccessKey: settings.secretKey,
    datetime: clock
      .now()
      .toISOString()
      .replaceAll(/[:-]|\.\d{3}/g, ''),
  })
  const send = async <Answer>(request: S3Request<Answer>): Promise<Answer> => {
    const { method, path, query, body, receive } = request
    const { url, headers } = await new AwsV4Signer({
      ...signing(),
      method,
      url: `${base}/${path}${queryText(query)}`,
      headers: { ...request.headers, 'x-amz-content-sha256': body?.sha256 ?? EMPTY },
    }).sign()
    if (body !== undefined) headers.set('content-length', String(body.bytes))
    const content = body?.open()
    try {
      const response = await fetch(url, {
        method,
        headers,
        signal: AbortSignal.timeout(REQUEST_MS_MAX),
        redirect: 'manual',
        ...(content === undefined
          ? {}
          : { body: Readable.toWeb(content) as ReadableStream, duplex: 'half' as const }),
      })
      if (response.ok || response.status === 404) return await receive(response)
      throw await refusalOf(response)
    } finally {
      content?.destroy()
    }
  }
  const pause = (tries: number) => {
    const delayMs = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** tries)
    return new Promise<void>((resolve) => {
      clock.after((0.5 + random.fraction() / 2) * delayMs, resolve)
    })
  }
  return {
    /** @throws AppError `blob.store_unavailable` after the last try, or `blob.store_refused` */
    send: async <Answer>(request: S3Request<Answer>): Promise<Answer> => {
      for (let tries = 1; ; tries++) {
        try {
          return await send(request)
        } catch (error) {
          if (error instanceof AppError) throw error
          if (tries >= TRIES_MAX) throw blobStoreUnavailable(error)
          await pause(tries)
        }
      }
    },
    /** An address that lets whoever has it GET the object until it expires; null without clients. */
    presign: async (
      path: string,
      { seconds, disposition }: { seconds: number; disposition: string },
    ): Promise<string | null> => {
      const endpoint = settings.publicEndpoint
      if (endpoint === null) return null
      const query = {
        'X-Amz-Expires': String(seconds),
        'response-content-disposition': disposition,
      }
      const { url } = await new AwsV4Signer({
        ...signing(),
        method: 'GET',
        url: `${bucketAddress({ ...settings, endpoint })}/${path}${queryText(query)}`,
        signQuery: true,
      }).sign()
      return url.href
    },
  }
}

const queryText = (query: Readonly<Record<string, string>> | undefined): string =>
  query === undefined ? '' : `?${new URLSearchParams(query)}`

/** Where the bucket is, without a slash at the end. */
export const bucketAddress = ({
  endpoint,
  bucket,
  isPathStyle,
}: Pick<S3Settings, 'endpoint' | 'bucket' | 'isPathStyle'>): string => {
  const url = new URL(endpoint)
  if (!isPathStyle) url.host = `${bucket}.${url.host}`
  const path = url.pathname.replace(/\/+$/, '')
  return `${url.origin}${path}${isPathStyle ? `/${bucket}` : ''}`
}

/** An AppError where another try would fare no better. */
export const refusalOf = async (response: Response): Promise<Error> => {
  const text = (await response.text().catch(() => '')).slice(0, ERROR_LENGTH_MAX)
  return refusalIn(response.status, text)
}

/** The same for an answer that was read already. */
export const refusalIn = (status: number, text: string): Error => {
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? 'without a reason'
  const isPassing =
    status >= 500 || status === 429 || status === 408 || PASSING_CODES.includes(code)
  return isPassing ? new Error(`S3 answered ${status} ${code}`) : blobStoreRefused(status, code)
}

const PASSING_CODES = ['RequestTimeout', 'SlowDown', 'InternalError', 'OperationAborted']

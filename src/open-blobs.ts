import { join } from 'node:path'
import type { Config } from './config.ts'
import type { Blobs } from './platform/blobs/blobs.ts'
import { createDirectoryBlobs } from './platform/blobs/directory-blobs.ts'
import { checkBucket, createS3Blobs } from './platform/blobs/s3-blobs.ts'
import type { S3Settings } from './platform/blobs/s3-client.ts'
import type { Clock } from './platform/clock.ts'
import { isAppError } from './platform/errors.ts'
import type { Ids } from './platform/ids.ts'
import type { Random } from './platform/random.ts'
import type { Logger } from './platform/telemetry/logger.ts'

export interface OpenBlobsOptions {
  config: Config
  clock: Clock
  random: Random
  ids: Ids
  logger: Logger
}

/**
 * The bucket that the configuration names, or files in the data directory.
 * @throws AppError `blob.store_refused` for a bucket that is not there or not ours; one that
 * merely does not answer yet may do so later
 */
export const openBlobs = async (options: OpenBlobsOptions): Promise<Blobs> => {
  const { config, ids, logger } = options
  const directory = join(config.CADRE_DATA_DIR, 'blobs')
  const settings = s3SettingsOf(config)
  if (settings === null) return createDirectoryBlobs(directory, ids)
  await checkBucket(settings, options).catch((error: unknown) => {
    if (!isAppError(error, 'blob.store_unavailable')) throw error
    logger.warn('blobs.store_unavailable', { error })
  })
  return createS3Blobs({
    ...options,
    ...settings,
    incomingDirectory: join(directory, 'incoming'),
    notesDirectory: join(directory, 'uploads'),
    onFault: (error) => logger.warn('blobs.upload_left_open', { error }),
  })
}

const s3SettingsOf = (config: Config): S3Settings | null => {
  const { CADRE_S3_BUCKET: bucket, CADRE_S3_REGION: region } = config
  const { CADRE_S3_ACCESS_KEY: accessKey, CADRE_S3_SECRET_KEY: secretKey } = config
  if (bucket === undefined || accessKey === undefined || secretKey === undefined) return null
  return {
    bucket,
    region,
    accessKey,
    secretKey,
    endpoint: config.CADRE_S3_ENDPOINT ?? `https://s3.${region}.amazonaws.com`,
    isPathStyle: config.CADRE_S3_FORCE_PATH_STYLE,
    publicEndpoint: config.CADRE_S3_PUBLIC_ENDPOINT ?? null,
  }
}

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Blobs } from '#platform/blobs/blobs.ts'
import { createDirectoryBlobs } from '#platform/blobs/directory-blobs.ts'
import { createS3Blobs } from '#platform/blobs/s3-blobs.ts'
import { systemClock } from '#platform/clock.ts'
import { createIds } from '#platform/ids.ts'
import { systemRandom } from '#platform/random.ts'
import { startS3 } from '../../support/services/s3-server.ts'

export interface BlobSite {
  blobs: Blobs
  /** Names of what is being received or uploaded, and of what an interruption left there. */
  incoming(): Promise<string[]>
  close(): Promise<void>
}

const ids = createIds(systemClock, systemRandom)

/** Another store is one more entry. */
export const BLOB_ADAPTERS: readonly { name: string; open: () => Promise<BlobSite> }[] = [
  {
    name: 'directory',
    open: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'cadre-blobs-'))
      return {
        blobs: await createDirectoryBlobs(directory, ids),
        incoming: () => readdir(join(directory, 'incoming')),
        close: () => rm(directory, { recursive: true, force: true }),
      }
    },
  },
  {
    name: 'S3 server',
    open: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'cadre-blobs-'))
      const incomingDirectory = join(directory, 'incoming')
      const notesDirectory = join(directory, 'uploads')
      const server = await startS3()
      return {
        blobs: await createS3Blobs({
          ...server,
          ids,
          incomingDirectory,
          notesDirectory,
          publicEndpoint: server.endpoint,
          onFault: () => {},
          region: 'us-east-1',
          isPathStyle: true,
          clock: systemClock,
          random: systemRandom,
        }),
        incoming: async () => [
          ...(await readdir(incomingDirectory)),
          ...(await readdir(notesDirectory).catch(() => [])),
          ...(await server.openUploads()),
        ],
        close: async () => {
          await server.stop()
          await rm(directory, { recursive: true, force: true })
        },
      }
    },
  },
]

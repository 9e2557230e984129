import { readFile } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { basename, join } from 'node:path'
import { AgentFields } from '@cadre/contract'
import { z } from 'zod'
import type { AgentService } from './features/agents/index.ts'
import type { Blobs } from './platform/blobs/blobs.ts'
import { isAppError } from './platform/errors.ts'
import type { Logger } from './platform/telemetry/logger.ts'
import type { Principal } from './platform/web/context.ts'

/** What `npm run build` writes beside the built agents. */
const Manifest = z.object({
  agents: z.array(z.object({ ...AgentFields.shape, file: z.string(), sha256: z.string() })),
})

export interface SeedOptions {
  agents: AgentService
  blobs: Blobs
  owner: Principal
  logger: Logger
  directory: string
}

const BYTES_MAX = 8 * 1_048_576

/** Publishes the built demonstration agents that were not published before. Idempotent. */
export const seedDemonstrationAgents = async (options: SeedOptions): Promise<void> => {
  const { logger, directory } = options
  const manifest = await readManifest(directory)
  if (manifest === null) {
    logger.warn('seed.not_built', { mend: 'npm run build' })
    return
  }
  await Promise.all(
    manifest.agents.map((built) =>
      publishOnce(options, built).catch((error: unknown) => {
        if (!isAppError(error, 'agent.version_exists'))
          logger.error('seed.agent_failed', { agent: built.name, error })
      }),
    ),
  )
}

const publishOnce = async (
  { agents, blobs, owner, directory }: SeedOptions,
  { file, sha256: _, ...fields }: z.output<typeof Manifest>['agents'][number],
): Promise<void> => {
  if (await agents.wasPublished(owner.tenantId, fields)) return
  const path = join(directory, basename(file))
  const binary = await blobs.stage(createReadStream(path), { bytesMax: BYTES_MAX })
  try {
    await agents.publishWasm(owner, fields, binary)
  } finally {
    await binary.discard()
  }
}

const readManifest = async (directory: string) => {
  try {
    const text = await readFile(join(directory, 'manifest.json'), 'utf8')
    return Manifest.parse(JSON.parse(text))
  } catch {
    return null
  }
}

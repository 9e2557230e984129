import { readFile } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { basename, join } from 'node:path'
import { AgentFields } from '@cadre/contract'
import { z } from 'zod'
import type { AgentService, InspectModule } from './features/agents/index.ts'
import type { Blobs } from './platform/blobs/blobs.ts'
import { isAppError } from './platform/errors.ts'
import type { Logger } from './platform/telemetry/logger.ts'
import type { Principal } from './platform/web/context.ts'

/** What `npm run build` writes beside the built agents. */
const Manifest = z.object({
  agents: z.array(z.object({ ...AgentFields.shape, file: z.string() })),
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
  built: z.output<typeof Manifest>['agents'][number],
): Promise<void> => {
  const { file, ...fields } = built
  if (await agents.wasPublished(owner.tenantId, fields)) return
  const path = join(directory, basename(file))
  const binary = await blobs.stage(createReadStream(path), { bytesMax: BYTES_MAX })
  try {
    await agents.publishWasm(owner, fields, binary)
  } finally {
    await binary.discard()
  }
}

/**
 * Begins to inspect the binaries while the database still opens; publishing them waits for the
 * same inspections then.
 */
export const inspectAhead = (directory: string, inspect: InspectModule): void => {
  const look = async () => {
    const manifest = await readManifest(directory)
    const files = manifest?.agents.map(({ file }) => join(directory, basename(file))) ?? []
    await Promise.all(files.map(async (path) => inspect(await readFile(path))))
  }
  // What fails here fails again where it is published, and is reported there.
  look().catch(() => {})
}

const readManifest = async (directory: string) => {
  try {
    const text = await readFile(join(directory, 'manifest.json'), 'utf8')
    return Manifest.parse(JSON.parse(text))
  } catch {
    return null
  }
}

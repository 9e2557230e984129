import { readFile } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { basename, join } from 'node:path'
import { AgentFields, PublishItem } from '@cadre/contract'
import { z } from 'zod'
import { moduleOf, type AgentService, type InspectModule } from './features/agents/index.ts'
import type { PublishItem as Publish } from './features/marketplace/index.ts'
import type { Blobs } from './platform/blobs/blobs.ts'
import { isAppError } from './platform/errors.ts'
import type { Logger } from './platform/telemetry/logger.ts'
import type { Principal } from './platform/web/context.ts'

/** What `npm run build` writes beside the built agents. */
const Manifest = z.object({
  agents: z.array(z.object({ ...AgentFields.shape, file: z.string() })),
})

type BuiltAgent = z.output<typeof Manifest>['agents'][number]

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
  built: BuiltAgent,
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
 * Offers the demonstration agents in the marketplace, those that were not offered before. Nobody
 * waits for it: they run without.
 */
export const listDemonstrationAgents = async (options: {
  publish: Publish
  owner: Principal
  logger: Logger
  directory: string
  /** True as soon as Cadre stops. */
  isStopping: () => boolean
}): Promise<void> => {
  const manifest = await readManifest(options.directory)
  for (const agent of manifest?.agents ?? []) {
    if (options.isStopping()) return
    try {
      await options.publish(options.owner, listingOf(agent))
    } catch (error) {
      if (isAppError(error, 'marketplace.version_exists')) continue
      options.logger.error('seed.listing_failed', { agent: agent.name, error })
    }
  }
}

/** What is said of a demonstration agent follows from what it says of itself. */
const listingOf = ({ name, version, description, capabilities, examples }: BuiltAgent) =>
  PublishItem.parse({
    item_type: 'agent',
    name,
    version,
    licence: 'Apache-2.0',
    // Those that fail on purpose are for trying out retries.
    examples: examples.filter(({ title }) => !title.startsWith('Fails')),
    tags: ['demonstration', ...capabilities.flatMap((capability) => capability.split('.'))],
    readme: `# ${name}\n\n${description}\n\nIt runs in the sandbox: it reads its input and writes its answer, and sees neither files nor network. Its source is in this repository, under \`agents/${name}\`.\n`,
  })

/**
 * Begins to inspect the binaries while the database still opens; publishing them waits for the
 * same inspections then.
 */
export const inspectAhead = (directory: string, inspect: InspectModule): void => {
  const look = async () => {
    const manifest = await readManifest(directory)
    const files = manifest?.agents.map(({ file }) => join(directory, basename(file))) ?? []
    await Promise.all(files.map(async (path) => inspect(moduleOf(await readFile(path)))))
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

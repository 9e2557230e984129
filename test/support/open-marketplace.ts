import { Readable } from 'node:stream'
import { PublishItem } from '@cadre/contract'
import type { TenantId } from '@cadre/contract'
import type { ExampleRun } from '../../src/features/marketplace/admission-checks.ts'
import { startAdmission } from '../../src/features/marketplace/admission.ts'
import type { FoundArtefact } from '../../src/features/marketplace/artefact.ts'
import { createPublishing } from '../../src/features/marketplace/publish-service.ts'
import { createSchemaJudge } from '../../src/features/marketplace/schema-judge.ts'
import { createVersionService } from '../../src/features/marketplace/version-service.ts'
import { openRegistry } from '../../src/features/registry/index.ts'
import { manualClock } from '../../src/platform/clock.ts'
import type { Db } from '../../src/platform/db/db.ts'
import { createIds } from '../../src/platform/ids.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { noSealing } from '../../src/platform/sealing/sealing.ts'
import { createLogger } from '../../src/platform/telemetry/logger.ts'
import type { Principal } from '../../src/platform/web/context.ts'

const FINE: ExampleRun = {
  outcome: 'exit',
  exitCode: 0,
  stdout: '',
  stderr: '',
  durationMs: 1,
  memoryBytes: 65_536,
  error: null,
}

/** The rooms of the marketplace on a database, with agents that are there by their name only. */
export const openMarketplace = async (db: Db) => {
  const clock = manualClock()
  const ids = createIds(clock, systemRandom)
  const logger = createLogger({ level: 'silent' })
  const schemas = createSchemaJudge()
  const agentIds = new Map<string, string>()

  const artefactOf = (key: string): FoundArtefact => {
    const id = agentIds.get(key) ?? ids.uuid()
    agentIds.set(key, id)
    return {
      kind: 'wasm',
      id,
      sha256: '0'.repeat(64),
      bytes: 1,
      description: '',
      capabilities: [],
      price: '0.000000',
      examples: [],
      inputSchema: null,
      binary: {
        key: 'k',
        sha256: '0'.repeat(64),
        bytes: 1,
        report: { imports: [], memoryPagesMin: 1, memoryPagesMax: null },
      },
      definition: null,
    }
  }
  const findArtefact = async (tenantId: TenantId, _type: string, { name }: { name: string }) =>
    artefactOf(`${tenantId} ${name}`)
  const registry = await openRegistry({
    db,
    clock,
    sealing: noSealing(),
    signExisting: async () => {},
    onFault: () => {},
  })
  const publish = createPublishing({
    db,
    clock,
    ids,
    schemas,
    findArtefact,
    platformTenantId: ids.uuid(),
  })

  return {
    clock,
    ids,
    publish: (by: Principal, name: string) =>
      publish(
        by,
        PublishItem.parse({
          item_type: 'agent',
          name,
          version: '1.0.0',
          examples: [{ title: 'One', input: 1 }],
        }),
      ),
    agentOf: (tenantId: TenantId, name: string): string => artefactOf(`${tenantId} ${name}`).id,
    versions: createVersionService({ db, clock, sign: registry.sign }),
    /** One more process that admits. Its clock does not start it: call `sweep`. */
    admission: (runExample: () => Promise<ExampleRun> = async () => FINE) =>
      startAdmission({
        db,
        clock,
        logger,
        sign: registry.sign,
        findArtefact,
        openBinary: async () => ({ content: Readable.from([]) }),
        runExample,
      }),
    /** An administrator of a tenant of its own. */
    tenant: async (name: string): Promise<Principal> => {
      const tenantId = ids.uuid() as TenantId
      await db.query('insert into tenants (id, name, created_at) values ($1, $2, $3)', [
        tenantId,
        `${name} ${tenantId}`,
        clock.now(),
      ])
      return { id: ids.uuid(), tenantId, kind: 'user', name, role: 'admin', scopes: null }
    },
    close: async () => {
      await registry.close()
      await schemas.close()
    },
    fine: FINE,
  }
}

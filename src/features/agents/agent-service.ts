import {
  AGENT_PAYLOAD_TYPE,
  type AgentFields,
  type AgentId,
  type EventType,
  type ParsedAgentListQuery,
  type TenantId,
} from '@cadre/contract'
import type { IdentityService } from '#features/identity/index.ts'
import { recordWithin, type AuditedAct } from '#features/audit/index.ts'
import type { Envelope, Registry } from '#features/registry/index.ts'
import type { Blobs, StagedBlob } from '#platform/blobs/blobs.ts'
import type { Clock } from '#platform/clock.ts'
import { ConstraintError, type Db, type Transactions, type Tx } from '#platform/db/db.ts'
import { appendEvents } from '#platform/events/event-store.ts'
import type { Ids } from '#platform/ids.ts'
import { holdForAgent, releaseForAgent } from '#platform/outbox/outbox-store.ts'
import type { Principal } from '#platform/web/context.ts'
import { limitAgent } from '#platform/outbox/queue-store.ts'
import { agentQueue, WASM_QUEUE, type AgentBinary, type AgentRecord } from './agent.ts'
import { readRelease } from './agent-adoption.ts'
import type { AgentDirectory } from './agent-directory.ts'
import { createAgentIntegrity } from './agent-integrity.ts'
import { createAgentPresence } from './agent-presence.ts'
import { agentBusy, moduleRefused, notRemote, versionExists } from './agent-errors.ts'
import * as standing from './agent-standing-store.ts'
import { releaseMarkOf, signedStatement, statementOf } from './agent-statement.ts'
import * as store from './agent-store.ts'
import type { InspectModule, ModuleSource } from './module-inspector.ts'
import { storedModule } from './module-source.ts'

/** What the tasks room knows of an agent's work. */
export interface AgentWork {
  /** Tasks that each agent holds a lease on; agents without any are left out. */
  heldBy(tenantId: TenantId, agentIds: readonly AgentId[]): Promise<ReadonlyMap<string, number>>
  waitingFor(tenantId: TenantId, agentId: AgentId): Promise<number>
}

export interface AgentServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  blobs: Blobs
  identity: IdentityService
  directory: AgentDirectory
  inspect: InspectModule
  work: AgentWork
  /** Signs what is published, and says which keys are trusted. */
  registry: Registry
  onFault: (error: unknown) => void
  /** The marketplace lists this binary, whoever still has an agent of it. */
  isListed?: (sha256: string) => Promise<boolean>
  /** Refuses names that may not be published under, in the transaction that would. */
  guardName?: (tx: Tx, agent: { tenantId: TenantId; name: string }) => Promise<void>
  /** Runs in the transaction that deletes an agent. */
  onDeleted?: (tx: Tx, agent: { tenantId: TenantId; id: AgentId }) => Promise<void>
}

export type AgentService = ReturnType<typeof createAgentService>

export const createAgentService = (options: AgentServiceOptions) => {
  const { db, clock, ids, blobs, identity, directory, registry } = options
  const integrity = createAgentIntegrity(options)
  const presence = createAgentPresence({
    clock,
    touch: ({ id, tenantId }) => store.touchLastSeen(db.ofTenant(tenantId), [id], clock.now()),
  })

  const build = (
    owner: Principal,
    fields: AgentFields,
    binary: AgentBinary | null,
    release: Envelope | null = null,
  ): AgentRecord => {
    const agent = {
      ...fields,
      id: ids.agent(),
      tenantId: owner.tenantId,
      ownerId: owner.id,
      ownerName: owner.name,
      runtime: binary === null ? ('remote' as const) : ('wasm' as const),
      isEnabled: true,
      binary,
      rating: null,
      concurrencyMax: null,
      lastError: null,
      lastSeenAt: null,
      createdAt: clock.now(),
      updatedAt: clock.now(),
    }
    const statement = statementOf(agent, release && releaseMarkOf(release))
    return { ...agent, statement: signedStatement(registry.sign(AGENT_PAYLOAD_TYPE, statement)) }
  }
  const note = async (tx: Tx, type: AgentChange, agent: AgentRecord, values: Values) => {
    await appendEvents(tx, [
      {
        tenantId: agent.tenantId,
        type,
        subjectId: agent.id,
        at: clock.now(),
        data: { agent_id: agent.id, agent_name: agent.name },
      },
    ])
    await recordWithin(tx, {
      tenantId: agent.tenantId,
      at: clock.now(),
      action: AUDITED_AS[type],
      resource: { kind: 'agent', id: agent.id, name: `${agent.name}@${agent.version}` },
      ...values,
    })
  }
  const publish = async (
    agent: AgentRecord,
    within: (tx: Tx) => Promise<string | undefined>,
  ): Promise<string | undefined> => {
    try {
      return await db.ofTenant(agent.tenantId).transaction(async (tx) => {
        await store.insertAgent(tx, agent)
        await identity.addAgent(tx, agent)
        const key = await within(tx)
        const { runtime, capabilities, binary } = agent
        const after = { runtime, capabilities, sha256: binary?.sha256 ?? null }
        await note(tx, 'agent.published', agent, { after })
        return key
      })
    } catch (error) {
      if (error instanceof ConstraintError && error.constraint === 'agents_version_once')
        throw versionExists(agent.name, agent.version)
      throw error
    } finally {
      directory.invalidate()
    }
  }
  const change = async (
    agent: AgentRecord,
    type: AgentChange,
    work: (tx: Tx) => Promise<Values>,
    on: Transactions = db.ofTenant(agent.tenantId),
  ): Promise<void> => {
    await on.transaction(async (tx) => {
      await note(tx, type, agent, await work(tx))
    })
    directory.invalidate()
  }
  const inspected = async (module: ModuleSource) => {
    const inspection = await options.inspect(module)
    if (!inspection.isAccepted) throw moduleRefused(inspection.code, inspection.reason)
    return inspection.report
  }
  const switchWithin = async (tx: Tx, agent: AgentRecord, isEnabled: boolean): Promise<Values> => {
    const now = clock.now()
    await store.setEnabled(tx, { ...agent, isEnabled, now })
    await (isEnabled ? releaseForAgent(tx, agent.id) : holdForAgent(tx, agent.id, now))
    return { before: { is_enabled: agent.isEnabled }, after: { is_enabled: isEnabled } }
  }
  const switchTo = async (agent: AgentRecord, isEnabled: boolean): Promise<AgentRecord> => {
    const type = isEnabled ? 'agent.enabled' : 'agent.disabled'
    await change(agent, type, (tx) => switchWithin(tx, agent, isEnabled))
    return { ...agent, isEnabled, updatedAt: clock.now() }
  }
  const guardName = (tx: Tx, agent: AgentRecord) => options.guardName?.(tx, agent)
  const removeBinary = async ({ binary }: AgentRecord): Promise<void> => {
    if (binary === null || (await store.isBinaryUsed(db, binary.key))) return
    if (await options.isListed?.(binary.sha256)) return
    await blobs.remove(binary.key)
  }
  /** All or none of them, and what else belongs to it, in one transaction. */
  const removeAll = async (
    tenantId: TenantId,
    agents: readonly AgentRecord[],
    within: (tx: Tx) => Promise<void> = async () => {},
  ): Promise<void> => {
    for (const agent of agents) await switchTo(agent, false)
    const held = await options.work.heldBy(
      tenantId,
      agents.map(({ id }) => id),
    )
    const waiting = await Promise.all(agents.map(({ id }) => options.work.waitingFor(tenantId, id)))
    const counts = [sum([...held.values()]), sum(waiting)] as const
    if (sum(counts) > 0) {
      for (const agent of agents) if (agent.isEnabled) await switchTo(agent, true)
      throw agentBusy(...counts)
    }
    await db.ofTenant(tenantId).transaction(async (tx) => {
      for (const agent of agents) {
        await store.markDeleted(tx, { ...agent, now: clock.now() })
        await identity.revokeAgentKeys(tx, agent.id)
        await options.onDeleted?.(tx, agent)
        await note(tx, 'agent.deleted', agent, {})
      }
      await within(tx)
    })
    directory.invalidate()
    for (const agent of agents) await removeBinary(agent)
  }

  return {
    resolve: directory.resolve,
    read: directory.read,
    offering: directory.offering,

    /** The agents among these that were not deleted, as they are in this transaction. */
    present: (tx: Tx, agentIds: readonly AgentId[]) => store.findPresentAgents(tx, agentIds),

    wasPublished: (tenantId: TenantId, version: { name: string; version: string }) =>
      store.versionWasPublished(db.ofTenant(tenantId), tenantId, version),

    /** Refuses early when the version exists, so that no large file is inspected in vain. */
    publishWasm: async (owner: Principal, fields: AgentFields, binary: StagedBlob) => {
      if (await store.versionWasPublished(db.ofTenant(owner.tenantId), owner.tenantId, fields))
        throw versionExists(fields.name, fields.version)
      const report = await inspected(binary)
      const { sha256, bytes } = binary
      const agent = build(owner, fields, { key: sha256, sha256, bytes, report })
      // Before the transaction, which would wait for the store; where that fails, the sweep of
      // orphans takes the binary away again.
      await binary.keep()
      await publish(agent, async (tx) => {
        await guardName(tx, agent)
        return undefined
      })
      return agent
    },

    /** @returns the agent and its key, which is kept hashed only */
    registerRemote: async (owner: Principal, fields: AgentFields) => {
      const agent = build(owner, fields, null)
      const key = await publish(agent, async (tx) => {
        await guardName(tx, agent)
        return identity.issueAgentKey(tx, agent)
      })
      return { agent, key }
    },

    /**
     * Makes an agent of a release: under a name of the tenant's choice, with the version, price and
     * capabilities that were signed, and the binary that the store has already. It runs for as long
     * as the keys of the release and of this installation are trusted.
     * @param within runs in the transaction that makes the agent, such as to note where it is from
     * @returns the agent and, where the tenant runs it itself, its key
     * @throws AppError `registry.signature_invalid`, `registry.key_untrusted`,
     *   `agent.version_exists`, `agent.binary_corrupt`, `blob.not_found`
     */
    adopt: async (
      owner: Principal,
      given: { name: string; release: Envelope },
      within: (tx: Tx, agent: AgentRecord) => Promise<void> = async () => {},
    ): Promise<{ agent: AgentRecord; key: string | null }> => {
      const { fields, binary } = readRelease(registry, given)
      const stored = binary && { ...binary, key: binary.sha256 }
      if (stored !== null) await integrity.verifyBinary(stored)
      const report = stored && (await inspected(storedModule(blobs, stored)))
      const kept = stored && report && { ...stored, report }
      const agent = build(owner, fields, kept, given.release)
      const key = await publish(agent, async (tx) => {
        const issued = kept === null ? await identity.issueAgentKey(tx, agent) : undefined
        await within(tx, agent)
        return issued
      })
      return { agent, key: key ?? null }
    },

    list: (
      tenantId: TenantId,
      query: ParsedAgentListQuery & { after: readonly [string, string] | null },
    ) => store.listAgents(db.ofTenant(tenantId), tenantId, query),
    search: (tenantId: TenantId, search: { q: string; limit: number }) =>
      store.searchAgents(db.ofTenant(tenantId), tenantId, search),

    enable: (agent: AgentRecord) => switchTo(agent, true),
    disable: (agent: AgentRecord) => switchTo(agent, false),

    /** Sets how many tasks it may have in progress, or lifts the limit. Known everywhere within a second. */
    limit: async (agent: AgentRecord, concurrencyMax: number | null): Promise<AgentRecord> => {
      const now = clock.now()
      const isLimited = concurrencyMax !== null
      const name = agentQueue(agent)
      const queue = { name, tenantId: name === WASM_QUEUE ? null : agent.tenantId }
      const write = async (tx: Tx): Promise<Values> => {
        await store.setConcurrencyMax(tx, { ...agent, concurrencyMax, now })
        await limitAgent(tx, { agentId: agent.id, queue, isLimited, now })
        return {
          before: { concurrency_max: agent.concurrencyMax },
          after: { concurrency_max: concurrencyMax },
        }
      }
      // Keeps the scheduler of all tenants waiting, which no tenant may.
      await change(agent, 'agent.limited', write, db)
      return { ...agent, concurrencyMax, updatedAt: now }
    },

    /** @throws AppError `agent.busy` while it holds tasks or tasks wait for it */
    remove: (agent: AgentRecord) => removeAll(agent.tenantId, [agent]),
    /** Several of a tenant at once. @throws AppError `agent.busy`, and none of them is removed */
    removeAll,

    idsOfName: (tx: Tx, agent: { tenantId: TenantId; name: string }) =>
      standing.findIdsOfName(tx, agent.tenantId, agent.name),
    /** The id of a version that was deleted; null where it is there, or never was. */
    findDeleted: (tenantId: TenantId, version: { name: string; version: string }) =>
      standing.findDeletedId(db.ofTenant(tenantId), tenantId, version),
    /**
     * Brings a deleted version back as it was. Its keys ended with it.
     * @returns null when somebody else did
     */
    revive: async (tx: Tx, agent: { tenantId: TenantId; id: AgentId }) => {
      if (!(await standing.reviveAgent(tx, { ...agent, now: clock.now() }))) return null
      const [revived] = (await store.findPresentAgents(tx, [agent.id])).values()
      if (revived === undefined) throw new Error('Broken invariant: a revived agent is there')
      await releaseForAgent(tx, revived.id)
      const key = revived.binary === null ? await identity.issueAgentKey(tx, revived) : null
      const { runtime, capabilities, binary } = revived
      const after = { runtime, capabilities, sha256: binary?.sha256 ?? null }
      await note(tx, 'agent.published', revived, { after })
      return { agent: revived, key }
    },
    /** Out of the way of a lower version, and disabled; or what its name means, and enabled. */
    setAside: async (tx: Tx, agent: AgentRecord, isSetAside: boolean): Promise<void> => {
      if (!(await standing.setAside(tx, { ...agent, isSetAside }))) return
      if (agent.isEnabled === !isSetAside) return
      const values = await switchWithin(tx, agent, !isSetAside)
      await note(tx, isSetAside ? 'agent.disabled' : 'agent.enabled', agent, values)
    },
    /** What was done within a transaction of another room's is known here from now on. */
    forget: directory.invalidate,

    issueKey: async (agent: AgentRecord): Promise<string> => {
      if (agent.runtime !== 'remote') throw notRemote()
      return db.ofTenant(agent.tenantId).transaction((tx) => identity.issueAgentKey(tx, agent))
    },

    ...integrity,
    openBinary: (binary: Pick<AgentBinary, 'key'>) => blobs.open(binary.key),

    wasmCapabilities: () => store.wasmCapabilities(db),
    namesOf: directory.namesOf,
    rememberErrors: (errors: readonly { agentId: AgentId; error: string }[]) =>
      store.setLastErrors(db, errors),
    presence,
  }
}

const AUDITED_AS = {
  'agent.published': 'agent.publish',
  'agent.enabled': 'agent.enable',
  'agent.disabled': 'agent.disable',
  'agent.limited': 'agent.limit',
  'agent.deleted': 'agent.delete',
} as const satisfies Partial<Record<EventType, string>>
type AgentChange = keyof typeof AUDITED_AS
type Values = Pick<AuditedAct, 'before' | 'after'>

const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0)

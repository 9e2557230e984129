import {
  Release,
  type ParsedInstallItem,
  type ParsedUpdateInstall,
  type TenantId,
  type VersionDiff,
} from '@cadre/contract'
import type { AgentRecord, AgentService } from '#features/agents/index.ts'
import { recordWithin } from '#features/audit/index.ts'
import { diffOfReleases, noteSource, type Offers } from '#features/marketplace/index.ts'
import type { WorkflowService } from '#features/workflows/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import { isAppError } from '#platform/errors.ts'
import type { Principal } from '#platform/web/context.ts'
import {
  createAdoption,
  type Adoption,
  type AdoptionOptions,
  type ChosenRelease,
} from './artefact-adoption.ts'
import {
  changedMeanwhile,
  installExists,
  installNotFound,
  nameOfOwn,
  noSuchVersion,
  wideningRefused,
} from './install-errors.ts'
import * as store from './install-store.ts'
import type { CurrentInstall, InstalledArtefact, InstalledVersion } from './install.ts'
import { chooseVersion, parseRange } from './version-choice.ts'

export interface InstallServiceOptions {
  db: Db
  clock: Clock
  agents: AgentService
  workflows: WorkflowService
  offers: Offers
  registry: AdoptionOptions['registry']
}

/** An install as it is now, and what came with the change. */
export interface InstallOutcome extends Adoption {
  install: CurrentInstall
  isChanged: boolean
  diff: VersionDiff | null
  warnings: string[]
}

export type InstallService = ReturnType<typeof createInstallService>

/** What tenants install from the marketplace: locked to a digest, changed on demand only. */
export const createInstallService = (options: InstallServiceOptions) => {
  const { db, clock, agents, workflows, offers } = options
  const adopt = createAdoption({
    ...options,
    transaction: (by, work) => db.ofTenant(by.tenantId).transaction(work),
  })

  const read = async (tenantId: TenantId, name: string): Promise<CurrentInstall> => {
    const install = await store.findInstall(db.ofTenant(tenantId), { tenantId, name })
    if (install === null) throw installNotFound()
    return install
  }
  /** The version that a range means now, and what was signed of it. */
  const choose = async (item: string, range: string): Promise<ChosenRelease> => {
    const { item: found, versions } = await offers.find(item)
    const offered = chooseVersion(versions, range)
    if (offered === null) {
      const latest = chooseVersion(versions, '*')?.version ?? null
      throw noSuchVersion(item, { range, latest })
    }
    const envelope = await offers.release(offered.id)
    return { itemId: found.id, offered, envelope, release: releaseOf(envelope.payload) }
  }
  const outcome = async (
    { tenantId, name }: { tenantId: TenantId; name: string },
    rest: Partial<Omit<InstallOutcome, 'install'>> = {},
  ): Promise<InstallOutcome> => ({
    ...UNCHANGED,
    ...rest,
    install: await read(tenantId, name),
  })
  const note = (tx: Tx, by: Principal, act: Act) =>
    recordWithin(tx, {
      tenantId: by.tenantId,
      at: clock.now(),
      action: `install.${act.verb}`,
      resource: { kind: 'install', name: act.name },
      before: act.before,
      after: act.after,
    })
  const idsOfName = async (tx: Tx, named: { tenantId: TenantId; name: string }, type: string) =>
    (type === 'agent' ? agents.idsOfName(tx, named) : workflows.idsOfName(tx, named)) as Promise<
      string[]
    >
  const remember = async (
    tx: Tx,
    { tenantId, name }: { tenantId: TenantId; name: string },
    { chosen, artefact }: { chosen: ChosenRelease; artefact: InstalledArtefact },
  ): Promise<void> => {
    const now = clock.now()
    await store.putVersion(tx, { tenantId, name }, { ...versionOf(chosen, artefact), now })
    const { agentId } = artefact
    if (agentId === null) return
    const { version } = chosen.release
    await noteSource(tx, { agentId, tenantId, itemId: chosen.itemId, version, now })
  }
  /** Makes the name mean a version that is there: those above it are set aside, no others. */
  const arrange = async (tx: Tx, named: { tenantId: TenantId; name: string; version: string }) => {
    const artefacts = await store.artefactsOf(tx, named)
    const ids = artefacts.flatMap(({ agentId }) => (agentId === null ? [] : [agentId]))
    const present = await agents.present(tx, ids)
    for (const { agentId, workflowId, isAbove } of artefacts) {
      const agent = agentId === null ? undefined : present.get(agentId)
      if (agent !== undefined) await agents.setAside(tx, agent, isAbove)
      if (workflowId === null) continue
      await workflows.setAside(tx, { tenantId: named.tenantId, id: workflowId }, isAbove)
    }
  }
  /** @throws AppError 409 where something else is installed under the name, or otherwise */
  const repeated = (existing: CurrentInstall, wish: ParsedInstallItem): Promise<InstallOutcome> => {
    if (existing.item !== wish.item || existing.range !== wish.range.trim())
      throw installExists(existing)
    return outcome(existing)
  }

  return {
    read,

    list: (tenantId: TenantId, query: { limit: number; after: string | null }) =>
      store.listInstalls(db.ofTenant(tenantId), { tenantId, ...query }),

    /**
     * Idempotent: what is installed already, with the same range, is answered as it is.
     * @throws AppError 404, 409 and 422 as `install-errors.ts` says them, and those of the adoption
     */
    install: async (by: Principal, wish: ParsedInstallItem): Promise<InstallOutcome> => {
      const { tenantId } = by
      const name = wish.as ?? wish.item
      const range = parseRange(wish.range)
      const find = () => store.findInstall(db.ofTenant(tenantId), { tenantId, name })
      const existing = await find()
      if (existing !== null) return repeated(existing, wish)
      const chosen = await choose(wish.item, range)
      const { version, item_type: itemType, permissions } = chosen.release
      const asked = permissions.filter((permission) => !OF_SANDBOX.has(permission))
      if (asked.length > 0 && !wish.accept_permissions)
        throw wideningRefused({ item: wish.item, version }, asked, null)
      try {
        const now = clock.now()
        const adoption = await adopt(by, { name, chosen }, async (tx, artefact) => {
          await store.lockName(tx, { tenantId, name })
          const { agentId, workflowId } = artefact
          const others = (await idsOfName(tx, { tenantId, name }, itemType)).filter(
            (id) => id !== (agentId ?? workflowId),
          )
          if (others.length > 0) throw nameOfOwn(name, itemType)
          const install = {
            tenantId,
            name,
            itemId: chosen.itemId,
            item: wish.item,
            itemType,
            range,
            version,
            installedBy: by.id,
            installedByName: by.name,
            installedAt: now,
            updatedAt: now,
          }
          if (!(await store.insertInstall(tx, install))) throw changedMeanwhile()
          await remember(tx, { tenantId, name }, { chosen, artefact })
          const after = { item: wish.item, range, version, sha256: chosen.release.artefact.sha256 }
          await note(tx, by, { verb: 'create', name, after })
        })
        return await outcome(
          { tenantId, name },
          { ...adoption, isChanged: true, warnings: warningsOf(chosen) },
        )
      } catch (error) {
        // Somebody who wants the same may have been faster.
        const now = isAppError(error) && error.kind === 'conflict' ? await find() : null
        if (now !== null) return repeated(now, wish)
        throw error
      }
    },

    /**
     * Moves to the newest version in the range, which may be a lower one. The version before stays
     * for the tasks that it has.
     */
    update: async (
      by: Principal,
      name: string,
      wish: ParsedUpdateInstall,
    ): Promise<InstallOutcome> => {
      const { tenantId } = by
      const current = await read(tenantId, name)
      const range = wish.range === undefined ? current.range : parseRange(wish.range)
      const chosen = await choose(current.item, range)
      const { version } = chosen.release
      const named = { tenantId, name }
      const act = {
        verb: 'update',
        name,
        before: { range: current.range, version: current.version, sha256: current.sha256 },
        after: { range, version, sha256: chosen.release.artefact.sha256 },
      }
      if (version === current.version) {
        if (range !== current.range && !wish.dry_run)
          await db.ofTenant(tenantId).transaction(async (tx) => {
            if ((await store.lockInstall(tx, named)) !== version) throw changedMeanwhile()
            await store.writeInstall(tx, { ...named, version, range, now: clock.now() })
            await note(tx, by, act)
          })
        return outcome(named, { warnings: warningsOf(chosen) })
      }
      const before = await store.findInstalledVersion(db.ofTenant(tenantId), current)
      if (before === null) throw changedMeanwhile()
      const diff = diffOfReleases(releaseOf(before.release.payload), chosen.release)
      const warnings = warningsOf(chosen)
      if (wish.dry_run) return outcome(named, { diff, isChanged: true, warnings })
      if (diff.is_widening && !wish.accept_permissions)
        throw wideningRefused({ item: current.item, version }, diff.permissions.added, diff)
      const settle = async (tx: Tx, artefact: InstalledArtefact | null): Promise<void> => {
        if (artefact !== null) await remember(tx, named, { chosen, artefact })
        if ((await store.lockInstall(tx, named)) !== current.version) throw changedMeanwhile()
        await store.writeInstall(tx, { ...named, version, range, now: clock.now() })
        await arrange(tx, { ...named, version })
        await note(tx, by, act)
      }
      try {
        const kept = await store.findInstalledVersion(db.ofTenant(tenantId), { ...named, version })
        let adoption: Adoption = { key: null, missing: [] }
        if (kept === null) adoption = await adopt(by, { name, chosen }, settle)
        else {
          options.registry.verify(kept.release)
          await db.ofTenant(tenantId).transaction((tx) => settle(tx, null))
        }
        agents.forget()
        workflows.forget()
        return await outcome(named, { ...adoption, diff, isChanged: true, warnings })
      } catch (error) {
        // Somebody who wants the same may have been faster.
        const now =
          isAppError(error) && error.kind === 'conflict' ? await read(tenantId, name) : null
        if (now?.version === version) return outcome(named, { warnings })
        throw error
      }
    },

    /** Deletes what it installed. @throws AppError `agent.busy` while its agents have work */
    uninstall: async (by: Principal, name: string): Promise<void> => {
      const { tenantId } = by
      const install = await read(tenantId, name)
      const artefacts = await store.artefactsOf(db.ofTenant(tenantId), install)
      const within = async (tx: Tx): Promise<void> => {
        await store.deleteInstall(tx, { tenantId, name })
        const { item, range, version, sha256 } = install
        await note(tx, by, { verb: 'delete', name, before: { item, range, version, sha256 } })
      }
      if (install.itemType === 'agent') {
        const found: AgentRecord[] = []
        for (const { agentId } of artefacts)
          if (agentId !== null) found.push(await agents.read(tenantId, agentId))
        return agents.removeAll(tenantId, found, within)
      }
      const found = artefacts.flatMap(({ workflowId }) => (workflowId === null ? [] : [workflowId]))
      return workflows.removeAll(
        by,
        await Promise.all(found.map((id) => workflows.read(tenantId, id))),
        within,
      )
    },
  }
}

interface Act {
  verb: string
  name: string
  before?: unknown
  after?: unknown
}

/** What every program in the sandbox may do, so that nobody is asked about it. */
const OF_SANDBOX: ReadonlySet<string> = new Set([
  'arguments',
  'clock',
  'environment',
  'input',
  'output',
  'random',
  'waiting',
])

const UNCHANGED = { key: null, missing: [], isChanged: false, diff: null, warnings: [] }

const releaseOf = (payload: string): Release => Release.parse(JSON.parse(payload))

const versionOf = (
  { release, envelope }: ChosenRelease,
  artefact: InstalledArtefact,
): InstalledVersion => ({
  version: release.version,
  sha256: release.artefact.sha256,
  image: release.artefact.image ?? null,
  publisher: release.publisher,
  permissions: release.permissions,
  price: release.price,
  release: envelope,
  ...artefact,
})

const warningsOf = ({ release, offered }: ChosenRelease): string[] =>
  offered.status === 'active'
    ? []
    : [
        `${release.name} ${release.version} is ${offered.status}${offered.statusMessage === null ? '.' : `: ${offered.statusMessage}`}`,
      ]

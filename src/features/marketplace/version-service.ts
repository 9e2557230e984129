import type { AdmissionState, ChangeVersion } from '@cadre/contract'
import { recordWithin } from '#features/audit/index.ts'
import type { Envelope, SignValue } from '#features/registry/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { findItem, lockItem } from './item-store.ts'
import type { VersionRecord } from './item.ts'
import { refreshListing } from './listing.ts'
import {
  itemNotFound,
  notCheckable,
  notHeld,
  nothingToList,
  notReleased,
} from './marketplace-errors.ts'
import { findRelease } from './release-store.ts'
import { signedRelease } from './release.ts'
import * as store from './version-store.ts'

export interface VersionReference {
  name: string
  version: string
}

export type VersionService = ReturnType<typeof createVersionService>

/** What becomes of versions after they were published. */
export const createVersionService = (options: { db: Db; clock: Clock; sign: SignValue }) => {
  const { db, clock } = options
  /** One that may be seen: another tenant's is absent until it is approved. */
  const visible = async (sight: store.Sight, reference: VersionReference) => {
    const version = await store.findVersion(db, reference)
    if (version === null || !maySee(sight, version)) throw itemNotFound()
    return version
  }
  const own = async (by: Principal, reference: VersionReference): Promise<VersionRecord> => {
    const version = await store.findVersion(db, reference)
    if (version === null || version.tenantId !== by.tenantId) throw itemNotFound()
    return version
  }
  const note = (tx: Tx, version: VersionRecord, act: Act) =>
    recordWithin(tx, {
      tenantId: version.tenantId,
      at: clock.now(),
      action: `marketplace.${act.verb}`,
      resource: {
        kind: 'marketplace_version',
        id: version.id,
        name: `${version.name}@${version.version}`,
      },
      before: act.before,
      after: act.after,
    })
  /** Changes what is listed of an item, under its lock. */
  const change = (
    version: VersionRecord,
    act: Act,
    work: (tx: Tx, now: Date) => Promise<boolean>,
  ) =>
    db.transaction(async (tx) => {
      const now = clock.now()
      await lockItem(tx, version.itemId)
      if (!(await work(tx, now))) throw itemNotFound()
      await refreshListing(tx, version.itemId, now)
      await note(tx, version, act)
    })

  return {
    visible,

    /** What was signed of a version that may be seen, exactly as it was signed. */
    release: async (sight: store.Sight, reference: VersionReference): Promise<Envelope> => {
      const version = await visible(sight, reference)
      const release = await findRelease(db, version.id)
      if (release === null) throw notReleased(version.state)
      return release
    },

    /** The version that stands for a name: the listed one, or the greatest that may be seen. */
    standing: async (sight: store.Sight, name: string): Promise<VersionRecord> => {
      const item = await findItem(db, name)
      if (item === null) throw itemNotFound()
      const listed = await store.findListedVersion(db, item.id)
      if (listed !== null) return listed
      const page = { ...sight, itemId: item.id, limit: 1, after: null }
      const [greatest] = await store.listVersions(db, page)
      if (greatest === undefined) throw itemNotFound()
      return greatest
    },

    list: async (
      sight: store.Sight,
      query: { name: string; limit: number; after: string | null },
    ): Promise<VersionRecord[]> => {
      const item = await findItem(db, query.name)
      if (item === null) throw itemNotFound()
      const versions = await store.listVersions(db, { ...sight, ...query, itemId: item.id })
      if (versions.length === 0 && query.after === null) throw itemNotFound()
      return versions
    },
    listOwn: async (query: Parameters<typeof store.listOwnVersions>[1]) => {
      const own = db.ofTenant(query.tenantId)
      const total = await store.countOwnVersions(own, query)
      return { versions: await store.listOwnVersions(own, query), total }
    },
    listHeld: (query: Parameters<typeof store.listHeld>[1]) => store.listHeld(db, query),

    /** Deprecates, yanks or restores. */
    changeStatus: async (
      by: Principal,
      reference: VersionReference,
      { status, message: given }: ChangeVersion,
    ): Promise<VersionRecord> => {
      const message = given ?? null
      const version = await own(by, reference)
      const act = {
        verb: VERBS[status],
        before: { status: version.status },
        after: { status, message },
      }
      await change(version, act, (tx, now) =>
        store.setStatus(tx, { id: version.id, status, message, now }),
      )
      return own(by, reference)
    },

    /** It is gone from lists and by its name; its number is never used again. */
    remove: async (by: Principal, reference: VersionReference): Promise<void> => {
      const version = await own(by, reference)
      const act = { verb: 'delete', before: { state: version.state, status: version.status } }
      await change(version, act, (tx, now) => store.markVersionDeleted(tx, version.id, now))
    },

    /** Has a held version checked again, such as when its agent is there now. */
    checkAgain: async (by: Principal, reference: VersionReference): Promise<VersionRecord> => {
      const version = await own(by, reference)
      if (version.state !== 'held') throw notCheckable(version.state)
      await db.transaction(async (tx) => {
        if (!(await store.checkAgain(tx, version.id, clock.now()))) throw itemNotFound()
        await note(tx, version, { verb: 'check', before: { state: version.state } })
      })
      return own(by, reference)
    },

    /** A reviewer's word on a held version. */
    decide: async (
      by: Principal,
      id: string,
      { state, reason }: { state: 'approved' | 'rejected'; reason: string },
    ): Promise<VersionRecord> => {
      const version = await store.findVersionById(db, id)
      if (version === null) throw itemNotFound()
      if (version.state !== 'held') throw notHeld(version.state)
      if (state === 'approved' && version.artefact === null) throw nothingToList()
      const { artefact, permissions, measurements, checkTries } = version
      const finding = {
        check: 'review' as const,
        verdict: state === 'approved' ? ('passed' as const) : ('rejected' as const),
        message: reason === '' ? `${by.name} ${state} it.` : reason,
      }
      const decision = {
        state,
        reason: reason === '' ? null : reason,
        findings: [...version.findings, finding],
        measurements,
        artefact,
        permissions,
        decidedByName: by.name,
      }
      const verb = state === 'approved' ? 'approve' : 'reject'
      const act = { verb, before: { state: 'held' }, after: { state, reason } }
      await change(version, act, async (tx, now) => {
        const from: AdmissionState = 'held'
        const release = signedRelease(options.sign, version, decision)
        const signed = { ...decision, now, release }
        if (await store.decideVersion(tx, { id, from, checkTries }, signed)) return true
        throw notHeld('decided by somebody else')
      })
      return (await store.findVersionById(db, id)) ?? version
    },
  }
}

interface Act {
  verb: string
  before?: unknown
  after?: unknown
}

const VERBS = { active: 'restore', deprecated: 'deprecate', yanked: 'yank' } as const

const maySee = ({ tenantId, isReviewer }: store.Sight, version: VersionRecord): boolean =>
  version.state === 'approved' || version.tenantId === tenantId || isReviewer

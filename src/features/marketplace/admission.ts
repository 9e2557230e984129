import { isIntegrityFault } from '#features/agents/index.ts'
import { recordWithin } from '#features/audit/index.ts'
import type { SignValue } from '#features/registry/index.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import { admit, type Admission, type AdmissionTools } from './admission-checks.ts'
import { imageArtefact, type FindArtefact, type FoundArtefact } from './artefact.ts'
import type { VersionRecord } from './item.ts'
import { lockItem } from './item-store.ts'
import { refreshListing } from './listing.ts'
import { noteSource } from './listing-store.ts'
import { signedRelease } from './release.ts'
import {
  ADMISSION_CHANNEL,
  claimCheck,
  decideVersion,
  lastApprovedPermissions,
  nextCheck,
  triesOf,
} from './version-store.ts'

export interface AdmissionOptions extends Omit<AdmissionTools, 'lastApproved'> {
  db: Db
  clock: Clock
  logger: Logger
  sign: SignValue
  findArtefact: FindArtefact
}

/** Checks what was published. Any number of processes may do so at once, and die at any moment. */
export interface AdmissionWork {
  /** Checks all that is due. */
  sweep(): Promise<void>
  close(): Promise<void>
}

/** Longest time for one version; whoever died over it is followed by another then. */
const LEASE_MS = 180_000
/** A check that fails so often is for a person to look at. */
const TRIES_MAX = 5
const SWEEP_MS = 60_000
const ADMITTED_BY = 'admission'

export const startAdmission = async (options: AdmissionOptions): Promise<AdmissionWork> => {
  const { db, clock, logger } = options
  let timer: Timer | null = null
  let isClosed = false
  let running: Promise<void> = Promise.resolve()

  const artefactOf = async ({ image, ...version }: VersionRecord): Promise<FoundArtefact | null> =>
    image === null
      ? options.findArtefact(version.tenantId, version.itemType, version)
      : imageArtefact({ id: version.id, image })
  const check = async (version: VersionRecord): Promise<void> => {
    const tools = {
      ...options,
      lastApproved: (itemId: string) => lastApprovedPermissions(db, itemId),
    }
    const isHopeless = triesOf(version.checkTries) > TRIES_MAX
    await decide(version, isHopeless ? UNCHECKABLE : await looked(version, tools))
  }
  const looked = async (version: VersionRecord, tools: AdmissionTools): Promise<Admission> => {
    try {
      return await admit(version, await artefactOf(version), tools)
    } catch (error) {
      if (!isIntegrityFault(error)) throw error
      return heldFor(error.publicMessage)
    }
  }
  const decide = (version: VersionRecord, admission: Admission): Promise<void> =>
    db.transaction(async (tx) => {
      const now = clock.now()
      await lockItem(tx, version.itemId)
      const from = { id: version.id, from: 'checking', checkTries: version.checkTries } as const
      const release = signedRelease(options.sign, version, admission)
      const decision = { ...admission, decidedByName: ADMITTED_BY, now, release }
      if (!(await decideVersion(tx, from, decision))) return
      if (admission.state === 'approved') await refreshListing(tx, version.itemId, now)
      const { artefact } = admission
      if (artefact !== null && version.itemType === 'agent' && version.image === null)
        await noteSource(tx, { ...version, agentId: artefact.id, now })
      await recordWithin(tx, {
        tenantId: version.tenantId,
        at: now,
        action: `marketplace.${ACTS[admission.state]}`,
        resource: {
          kind: 'marketplace_version',
          id: version.id,
          name: `${version.name}@${version.version}`,
        },
        after: { state: admission.state, reason: admission.reason },
      })
    })
  const sweep = (): Promise<void> => {
    const run = running.then(async () => {
      while (!isClosed) {
        const now = clock.now()
        const until = new Date(now.getTime() + LEASE_MS)
        const version = await claimCheck(db, { now, until })
        if (version === null) return
        try {
          await check(version)
        } catch (error) {
          // Another try follows when the lease is over; the last one holds the version.
          logger.error('marketplace.check_failed', { versionId: version.id, error })
        }
      }
    })
    running = run.catch(() => {})
    return run
  }
  const untilNext = async (): Promise<number> => {
    const next = await nextCheck(db)
    if (next === null) return SWEEP_MS
    return Math.min(SWEEP_MS, Math.max(1, next.getTime() - clock.now().getTime()))
  }
  const repeat = async (): Promise<void> => {
    let delayMs = SWEEP_MS
    try {
      await sweep()
      delayMs = await untilNext()
    } catch (error) {
      logger.error('marketplace.sweep_failed', { error })
    }
    arm(delayMs)
  }
  const arm = (delayMs: number): void => {
    timer?.cancel()
    if (!isClosed) timer = clock.after(delayMs, () => void repeat())
  }
  const stopListening = await db.listen(ADMISSION_CHANNEL, () => arm(1))
  arm(1)

  return {
    sweep,
    close: async () => {
      isClosed = true
      timer?.cancel()
      await stopListening()
      await running
    },
  }
}

const ACTS = { approved: 'approve', held: 'hold', rejected: 'reject' } as const

const heldFor = (reason: string, message = reason): Admission => ({
  state: 'held',
  reason,
  findings: [{ check: 'artefact', verdict: 'held', message }],
  measurements: [],
  artefact: null,
  permissions: null,
})

const UNCHECKABLE = heldFor(
  'Checking it failed again and again. A reviewer looks at it.',
  `Checking failed ${TRIES_MAX} times.`,
)

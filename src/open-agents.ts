import {
  AGENTS_CHANGED_CHANNEL,
  createAgentDirectory,
  createAgentService,
  type InspectModule,
} from './features/agents/index.ts'
import { forgetInstalled, guardInstalledName } from './features/installs/index.ts'
import type { IdentityService } from './features/identity/index.ts'
import { isBinaryListed } from './features/marketplace/index.ts'
import type { Registry } from './features/registry/index.ts'
import { countHeldBy, countWaitingFor } from './features/tasks/index.ts'
import type { Blobs } from './platform/blobs/blobs.ts'
import type { Clock } from './platform/clock.ts'
import type { Db } from './platform/db/db.ts'
import type { Ids } from './platform/ids.ts'
import type { Lifecycle } from './platform/lifecycle/lifecycle.ts'
import type { AgentWork } from './features/agents/index.ts'

interface Parts {
  db: Db
  clock: Clock
  ids: Ids
  blobs: Blobs
  identity: IdentityService
  registry: Registry
  inspect: InspectModule
  lifecycle: Lifecycle
  onFault: (part: string) => (error: unknown) => void
}

/** How long a change made by another process may go unseen. */
const REMEMBERED_MS = 1_000

/** The agents, and what the task engine knows of their work. */
export const openAgents = async ({ lifecycle, onFault, ...parts }: Parts) => {
  const { db, clock } = parts
  const work: AgentWork = {
    heldBy: (tenantId, agentIds) => countHeldBy(db.ofTenant(tenantId), agentIds),
    waitingFor: (tenantId, agentId) => countWaitingFor(db.ofTenant(tenantId), agentId),
  }
  const directory = createAgentDirectory({ db, clock, ttlMs: REMEMBERED_MS })
  // Nothing of ours changes what is signed; whoever does is found out at the next execution.
  const unlisten = await db.listen(AGENTS_CHANGED_CHANNEL, directory.invalidate)
  lifecycle.onStop('word of agents', unlisten)
  const agents = createAgentService({
    ...parts,
    directory,
    work,
    isListed: (sha256) => isBinaryListed(db, sha256),
    guardName: guardInstalledName('agent'),
    onDeleted: forgetInstalled,
    onFault: onFault('agents'),
  })
  return { agents, work }
}

import type { EventData, EventType, TenantId } from '@cadre/contract'
import { findTenantByName } from '../../src/features/identity/identity-store.ts'
import type { WorkflowDefinition } from '../../src/features/workflows/index.ts'
import { insertWorkflow } from '../../src/features/workflows/workflow-store.ts'
import { systemClock } from '../../src/platform/clock.ts'
import type { Db } from '../../src/platform/db/db.ts'
import { appendEvents, type NewEvent } from '../../src/platform/events/event-store.ts'
import { createIds } from '../../src/platform/ids.ts'
import { systemRandom } from '../../src/platform/random.ts'

/** A run that ended, as its events tell it. */
export interface EndedRun {
  definition: WorkflowDefinition
  endedAt: Date
  /** Types of events, and what they say besides the workflow. */
  events: readonly (readonly [EventType, EventData])[]
}

const EVENTS_AT_ONCE = 5_000

/** Writes workflows, and the ends of their runs as events. */
export const insertEndedRuns = async (db: Db, runs: readonly EndedRun[]): Promise<void> => {
  const ids = createIds(systemClock, systemRandom)
  const tenantId = (await findTenantByName(db, 'default')) as TenantId
  for (const definition of new Set(runs.map((run) => run.definition)))
    await insertWorkflow(db, {
      id: ids.workflow(),
      tenantId,
      definition,
      definitionText: JSON.stringify(definition),
      source: { text: '', format: 'json' },
      sha256: definition.version,
      isSaga: definition.steps.some(({ compensation }) => compensation !== null),
      ownerId: ids.uuid(),
      ownerName: 'ada',
      createdAt: systemClock.now(),
    })
  const events = runs.flatMap((run): NewEvent[] =>
    run.events.map(([type, data]) => ({
      tenantId,
      type,
      subjectId: ids.uuid(),
      at: run.endedAt,
      data: {
        workflow_name: run.definition.name,
        workflow_version: run.definition.version,
        ...data,
      },
    })),
  )
  for (let first = 0; first < events.length; first += EVENTS_AT_ONCE)
    await appendEvents(db, events.slice(first, first + EVENTS_AT_ONCE))
}

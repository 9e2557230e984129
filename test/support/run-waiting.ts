import type { EventType, RunId } from '@cadre/contract'
import { openEventStream } from './event-stream-reader.ts'
import type { RunningCadre } from './start-cadre.ts'

/** Resolves once the run has told of such an event, before or after the call. */
export const untilRunTells = async (
  cadre: RunningCadre,
  runId: RunId | string,
  type: EventType,
): Promise<void> => {
  const stream = await openEventStream(`${cadre.url}/api/v1/events?subject_id=${runId}`, {
    authorization: `Bearer ${cadre.key}`,
    accept: 'text/event-stream',
  })
  const { items } = await cadre.client.runs.events(runId)
  if (!items.some((event) => event.type === type))
    await stream.waitFor((message) => message.event === type)
  await stream.close()
}

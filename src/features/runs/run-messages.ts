import type { RunId } from '@cadre/contract'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { RunMove } from './run-move.ts'
import type { RunMover } from './run-mover.ts'
import { findAddressees, RUN_MESSAGES_CHANNEL, takeMessages, type RunMessage } from './run-store.ts'
import { isOver } from './run.ts'
import { endChildSteps } from './step-store.ts'

const ADDRESSEES_MAX = 100

export interface RunMessengerOptions {
  db: Db
  mover: RunMover
  logger: Logger
}

export interface RunMessenger {
  /** Delivers everything that waits. */
  deliver(): Promise<void>
  close(): Promise<void>
}

/**
 * Delivers what runs of one family tell each other: each message in a transaction of its addressee
 * alone. It waits in the database, so that a crash delays it only; any number of processes may
 * deliver.
 */
export const startRunMessenger = async (options: RunMessengerOptions): Promise<RunMessenger> => {
  const { db, mover, logger } = options
  let delivering: Promise<void> | null = null
  let isWanted = false

  const deliverAll = async (): Promise<void> => {
    for (;;) {
      isWanted = false
      const addressees = await findAddressees(db, ADDRESSEES_MAX)
      if (addressees.length === 0) return
      await mover.move(addressees, (move, tx, now) => receive(move, { tx, now, addressees }))
    }
  }
  const deliver = (): Promise<void> => {
    isWanted = true
    delivering ??= deliverAll().finally(() => {
      delivering = null
      if (isWanted) wake()
    })
    return delivering
  }
  const wake = (): void =>
    void deliver().catch((error: unknown) => logger.error('runs.delivery_failed', { error }))
  const stopListening = await db.listen(RUN_MESSAGES_CHANNEL, wake)
  wake()

  return {
    deliver,
    close: async () => {
      await stopListening()
      isWanted = false
      await delivering?.catch(() => {})
    },
  }
}

const receive = async (
  move: RunMove,
  { tx, now, addressees }: { tx: Tx; now: Date; addressees: readonly RunId[] },
): Promise<void> => {
  const messages = await takeMessages(tx, addressees)
  const children = messages.flatMap((message) =>
    message.kind === 'child_ended' ? [message.body.run_id] : [],
  )
  for (const message of messages) hear(move, message)
  if (children.length > 0) await move.settle(await endChildSteps(tx, children, now))
}

const hear = (move: RunMove, message: RunMessage): void => {
  const run = move.runs.get(message.runId)
  if (run === undefined || message.kind === 'child_ended') return
  const { reason } = message.body
  if (message.kind === 'cancel') {
    const isUndone = run.workflow.isSaga
    move.decide(run, { outcome: 'CANCELLED', error: reason, failedStep: null, isUndone })
    return
  }
  if (run.record.status === 'COMPLETED')
    run.record = { ...run.record, status: 'COMPENSATING', outcome: 'COMPENSATED', error: reason }
  else if (isOver(run.record.status) && run.record.parentRunId !== null)
    move.tell({
      runId: run.record.parentRunId,
      kind: 'child_ended',
      body: { run_id: run.record.id },
    })
}

/**
 * The runner process: compiles and runs programs for the server that started it, and can do
 * nothing else. It holds no secret, reads no file but its own source, and ends with its channel.
 */
import type { RunnerCommand, RunnerReport, RunnerSettings } from '../runner-protocol.ts'
import { JobDesk } from './job-desk.ts'
import { ModuleInbox } from './module-inbox.ts'
import { judgeModule } from './module-judge.ts'
import { WorkerPool } from './worker-pool.ts'
import { readWorkerSource } from './worker-source.ts'

const EXIT_BROKEN = 70

const settings: RunnerSettings = JSON.parse(process.argv[2] ?? '{}')
const report = (message: RunnerReport): void => {
  process.send?.(message)
}

const pool = new WorkerPool({
  source: readWorkerSource(new URL('./worker.ts', import.meta.url)),
  spareCount: settings.spareWorkers,
  executionsPerWorker: settings.executionsPerWorker,
  onBroken: (error) => {
    process.stderr.write(`${error.stack}\n`)
    process.exit(EXIT_BROKEN)
  },
})
const desk = new JobDesk(settings, pool, report)
const inbox = new ModuleInbox()

const judge = async (id: number, bytes: Uint8Array | null): Promise<void> => {
  if (bytes === null) return
  const { inspection, isStuck } = await judgeModule(bytes, settings)
  report({ kind: 'inspected', id, inspection })
  if (isStuck) report({ kind: 'stuck' })
}

const obey = (command: RunnerCommand): unknown => {
  switch (command.kind) {
    case 'execute':
      return desk.execute(command.id, command.job)
    case 'module':
      return desk.deliver(command.id, command.bytes)
    case 'cancel':
      return desk.cancel(command.id)
    case 'inspect':
      return inbox.expect(command.id, command.bytes)
    case 'inspect_piece':
      return judge(command.id, inbox.add(command.id, command.piece))
    case 'inspect_cancel':
      return inbox.forget(command.id)
    case 'ping':
      return report({ kind: 'pong' })
  }
}

// A terminal sends its signals to the server's whole process group; the server decides the end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('message', obey)
process.on('disconnect', () => process.exit(0))
report({ kind: 'ready' })

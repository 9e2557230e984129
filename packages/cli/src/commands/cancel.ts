import type { Action } from '../session.ts'

/** `cadre cancel ID` */
export const cancelTask: Action<[id: string], { reason?: string }> = async (
  { client, terminal },
  [id],
  { reason },
) => {
  const task = await client.tasks.cancel(id, reason)
  if (terminal.isJson) return terminal.document(task)
  const isOver = task.status === 'CANCELLED'
  terminal.line(isOver ? `Task ${task.id} is cancelled.` : `Task ${task.id} has been told to stop.`)
}

import { printable } from '../printable.ts'
import { nextRunWords } from '../schedule-wording.ts'
import type { Action } from '../session.ts'

/** `cadre schedule pause NAME|ID` */
export const pauseSchedule: Action<[reference: string]> = async (
  { client, terminal },
  [reference],
) => {
  const schedule = await client.schedules.pause(reference)
  if (terminal.isJson) return terminal.document(schedule)
  terminal.line(`Schedule ${printable(schedule.name)} is paused.`)
}

/** `cadre schedule resume NAME|ID` */
export const resumeSchedule: Action<[reference: string]> = async (
  { client, terminal },
  [reference],
) => {
  const schedule = await client.schedules.resume(reference)
  if (terminal.isJson) return terminal.document(schedule)
  terminal.line(`Schedule ${printable(schedule.name)} goes on: next run ${nextRunWords(schedule)}.`)
}

/** `cadre schedule trigger NAME|ID` */
export const triggerSchedule: Action<[reference: string]> = async (
  { client, terminal },
  [reference],
) => {
  const triggered = await client.schedules.trigger(reference)
  if (terminal.isJson) return terminal.document(triggered)
  terminal.line(triggered.run_id ?? triggered.task_id ?? '')
}

/** `cadre schedule delete NAME|ID` */
export const deleteSchedule: Action<[reference: string]> = async (
  { client, terminal },
  [reference],
) => {
  await client.schedules.remove(reference)
  if (!terminal.isJson) terminal.line(`Schedule ${printable(reference)} is deleted.`)
}

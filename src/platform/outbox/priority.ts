import type { TaskPriority } from '@cadre/contract'

const PRIORITIES = ['urgent', 'high', 'medium', 'low'] as const satisfies readonly TaskPriority[]

/**
 * How much longer a task of a priority waits than an urgent one that became due at the same
 * time. Work is admitted by due time plus handicap, so every priority gets its turn.
 */
const HANDICAP_SECONDS: Readonly<Record<TaskPriority, number>> = {
  urgent: 0,
  high: 10,
  medium: 30,
  low: 120,
}

export const HANDICAP_SECONDS_MAX = Math.max(...Object.values(HANDICAP_SECONDS))

/** 0 for urgent up to 3 for low, as stored. */
export const rankOfPriority = (priority: TaskPriority): number => PRIORITIES.indexOf(priority)

export const priorityOfRank = (rank: number): TaskPriority => {
  const priority = PRIORITIES[rank]
  if (priority === undefined) throw new Error(`Broken invariant: no priority has rank ${rank}`)
  return priority
}

export const rankAt = (priority: TaskPriority, availableAt: Date): Date =>
  new Date(availableAt.getTime() + HANDICAP_SECONDS[priority] * 1_000)

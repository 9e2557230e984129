import type { Attempt, RunStep } from '@cadre/contract'
import { useQueries } from '@tanstack/react-query'
import { api } from '../api/client.ts'

/** Tasks whose attempts are asked for; the others are drawn as one attempt. */
const STEPS_MAX = 40
const RUNNING_MAX = 12
const RUNNING_MS = 2_000

const isTelling = (step: RunStep) =>
  step.task_id !== null &&
  (step.attempts > 1 || step.status === 'RUNNING' || step.status === 'HELD')

/** Attempts by step id, of those steps where they tell more than the step itself. */
export const useAttempts = (steps: readonly RunStep[]): ReadonlyMap<string, readonly Attempt[]> => {
  const running = steps.filter((step) => isTelling(step) && step.status === 'RUNNING')
  const ended = steps.filter((step) => isTelling(step) && step.status !== 'RUNNING')
  const asked = [...running.slice(0, RUNNING_MAX), ...ended].slice(0, STEPS_MAX)
  return useQueries({
    queries: asked.map((step) => ({
      // Anew when the step changes; not with every event of its run.
      queryKey: ['attempts', step.task_id, step.status, step.attempts],
      queryFn: () => api.tasks.attempts(step.task_id ?? ''),
      ...(step.status === 'RUNNING' && { refetchInterval: RUNNING_MS }),
    })),
    combine: (answers) =>
      new Map(
        answers.flatMap(({ data }, index) => {
          const id = asked[index]?.id
          return id === undefined || data === undefined ? [] : [[id, data.items] as const]
        }),
      ),
  })
}

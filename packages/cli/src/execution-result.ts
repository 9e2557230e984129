import type { ExecutionResult } from '@cadre/contract'
import { CadreError, type Client } from '@cadre/contract/client'

/** What the program printed; undefined for a task that no program of Cadre's own has run. */
export const resultOf = async (
  client: Client,
  taskId: string,
): Promise<ExecutionResult | undefined> => {
  try {
    return await client.tasks.result(taskId)
  } catch (error) {
    if (error instanceof CadreError && error.status === 404) return undefined
    throw error
  }
}

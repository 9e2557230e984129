import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from './session.ts'

/** Whether something such as `task.create` may be done to some object at least. */
export type May = (action: string) => boolean

/**
 * What whoever is signed in may do, so that nothing is offered that would be refused. The server
 * decides, for every object; this only spares people the refusal.
 */
export const useMay = (): May => {
  const actions = useQuery(sessionQuery).data?.actions
  return (action) => actions?.includes(action) === true
}

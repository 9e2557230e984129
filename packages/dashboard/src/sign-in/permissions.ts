import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from './session.ts'

export type May = (action: string) => boolean

/**
 * Whether who is signed in may do an action to some object at least, so that nothing is offered
 * that would be refused. The server decides; this only spares people the refusal.
 */
export const useMay = (): May => {
  const actions = useQuery(sessionQuery).data?.actions
  return (action) => actions?.includes(action) ?? false
}

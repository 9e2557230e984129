import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { RunPageSearch } from './run-search.ts'

type Choice = Pick<RunPageSearch, 'step' | 'undo' | 'element'>

/** Opens a step, its compensation or an element beside the view; nothing closes what is open. */
export const useChoose = () => {
  const navigate = useNavigate()
  const { runId } = useParams({ from: '/runs/$runId' })
  const { view } = useSearch({ from: '/runs/$runId' })
  return (choice: Choice) =>
    void navigate({
      to: '/runs/$runId',
      params: { runId },
      search: { ...(view !== undefined && { view }), ...choice },
      replace: true,
      resetScroll: false,
    })
}

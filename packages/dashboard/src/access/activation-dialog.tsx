import type { Policy } from '@cadre/contract'
import { useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Callout, ErrorState, FormError } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { DryRunResult } from './dry-run-result.tsx'

/**
 * Asks before a policy begins or ceases to decide, and shows first what recent decisions would
 * have been. What was shown is confirmed by its number: the server asks anew if it is another one.
 */
export const ActivationDialog = ({
  policy,
  version,
  onClose,
}: {
  policy: Policy
  /** Null: none decides afterwards. */
  version: number | null
  onClose: () => void
}) => {
  const [isForced, setForced] = useState(false)
  const dryRun = useQuery({
    queryKey: ['policy-dry-run', policy.id, version],
    queryFn: () =>
      api.policies.dryRun(
        version === null ? { deactivate: policy.id } : { activate: policy.id, version },
      ),
    staleTime: 0,
    gcTime: 0,
  })
  const confirm_changes = dryRun.data?.changes ?? 0
  const apply = useAction(
    () =>
      version === null
        ? api.policies.deactivate(policy.id, { confirm_changes })
        : api.policies.activate(policy.id, {
            version,
            confirm_changes,
            ...(isForced ? { force: true } : {}),
          }),
    {
      done: version === null ? `${policy.name} decides nothing any more` : `${policy.name} decides`,
      touches: [['policies'], ['session']],
      onDone: onClose,
      saysFaultItself: true,
    },
  )
  const locksOut = dryRun.data?.locks_out === true
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={version === null ? `Deactivate ${policy.name}?` : `Activate version ${version}?`}
      description="What recent decisions would have been:"
      className="max-w-2xl"
    >
      <div className="grid gap-4">
        {dryRun.isPending && (
          <div role="status" aria-label="Trying it out" className="grid gap-2">
            <Skeleton className="h-10" />
            <Skeleton className="h-24" />
          </div>
        )}
        {dryRun.isError && (
          <ErrorState error={dryRun.error} onRetry={() => void dryRun.refetch()} />
        )}
        {dryRun.data && <DryRunResult result={dryRun.data} />}
        {locksOut && (
          <Callout
            tone="bad"
            role="alert"
            icon={<TriangleAlert size={15} className="text-bad" aria-hidden />}
          >
            No administrator could manage access any more.
            {version !== null && (
              <label className="mt-2 flex items-center gap-2">
                <input
                  type="checkbox"
                  checked={isForced}
                  onChange={(event) => setForced(event.target.checked)}
                  className="size-4"
                />
                Activate it all the same
              </label>
            )}
          </Callout>
        )}
        <FormError error={apply.error} />
        <div className="flex justify-end gap-2">
          <Button data-initial-focus onClick={onClose}>
            Leave it
          </Button>
          <Button
            look={version === null || locksOut ? 'danger' : 'primary'}
            isBusy={apply.isPending}
            disabled={!dryRun.isSuccess || (locksOut && version !== null && !isForced)}
            onClick={() => apply.mutate(undefined, { onError: () => void dryRun.refetch() })}
          >
            {version === null ? 'Deactivate' : 'Activate'}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}

import { useMutation } from '@tanstack/react-query'
import { messageOf } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { notify } from '../ui/toast.tsx'
import { CredentialCard } from './credential-card.tsx'
import { signOut } from './session.ts'

/** Who is signed in to a tenant that is suspended. */
export const SuspendedPage = ({ error, onRetry }: { error: unknown; onRetry: () => void }) => {
  const leave = useMutation({
    mutationFn: signOut,
    onError: (refusal) => notify(messageOf(refusal)),
  })
  return (
    <CredentialCard title="This tenant is suspended" note={messageOf(error)}>
      <p className="mb-4 text-sm text-muted">
        Nothing is lost: its work waits, and goes on when the operator of Cadre resumes it.
      </p>
      <div className="grid gap-2">
        <Button look="primary" onClick={onRetry}>
          Try again
        </Button>
        <Button isBusy={leave.isPending} onClick={() => leave.mutate()}>
          Sign out
        </Button>
      </div>
    </CredentialCard>
  )
}

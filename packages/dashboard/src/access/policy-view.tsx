import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { SearchX, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Policy } from '@cadre/contract'
import { api } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { useMay } from '../sign-in/permissions.ts'
import { BackLink } from '../ui/back-link.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { PageFault } from '../ui/page-states.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { ActivationDialog } from './activation-dialog.tsx'
import { PolicyEditor } from './policy-editor.tsx'
import { PolicyState } from './policy-list.tsx'
import { PolicyVersions } from './policy-versions.tsx'

/** One policy: its text, whether it decides, and its versions. */
export const PolicyView = ({ id }: { id: string }) => {
  const policy = useQuery({
    queryKey: ['policies', 'one', id],
    queryFn: () => api.policies.get(id),
    enabled: id !== 'new',
    staleTime: 0,
  })
  return (
    <>
      <BackLink to="/access" search={{ tab: 'policies' }} className="mb-1.5">
        Policies
      </BackLink>
      {id === 'new' && <NewPolicy />}
      {id !== 'new' && policy.isPending && (
        <div role="status" aria-label="Loading the policy" className="grid gap-4">
          <h1 className="sr-only">Policy</h1>
          <Skeleton className="h-7 w-1/3" />
          <Skeleton className="h-64" />
        </div>
      )}
      {policy.isError && (
        <PageFault
          query={policy}
          missing={<EmptyState isPage icon={SearchX} title="There is no such policy" />}
        />
      )}
      {policy.data && <KnownPolicy policy={policy.data} />}
    </>
  )
}

const NewPolicy = () => {
  const navigate = useNavigate()
  return (
    <>
      <PageHeader title="New policy" note="A draft: it decides nothing until it is activated" />
      <PolicyEditor
        onSaved={({ id }) =>
          void navigate({ to: '/access', search: { tab: 'policies', policy: id }, replace: true })
        }
      />
    </>
  )
}

type Step =
  | { kind: 'activate'; version: number }
  | { kind: 'deactivate' }
  | { kind: 'delete' }
  | null

const KnownPolicy = ({ policy }: { policy: Policy }) => {
  const [step, setStep] = useState<Step>(null)
  const may = useMay()
  const navigate = useNavigate()
  const close = () => setStep(null)
  const isWaiting = policy.active_version !== policy.version
  const remove = useAction(() => api.policies.remove(policy.id), {
    done: `${policy.name} deleted`,
    touches: [['policies']],
    onDone: () => void navigate({ to: '/access', search: { tab: 'policies' } }),
  })
  return (
    <>
      <PageHeader
        title={policy.name}
        note={
          <span className="flex flex-wrap items-center gap-2">
            <PolicyState policy={policy} /> {policy.description}
          </span>
        }
        actions={
          may('policy.manage') && (
            <>
              {policy.active_version !== null && (
                <Button onClick={() => setStep({ kind: 'deactivate' })}>Deactivate</Button>
              )}
              {isWaiting && (
                <Button
                  look="primary"
                  onClick={() => setStep({ kind: 'activate', version: policy.version })}
                >
                  Activate version {policy.version}
                </Button>
              )}
              <IconButton
                label={`Delete ${policy.name}`}
                onClick={() => setStep({ kind: 'delete' })}
              >
                <Trash2 size={15} aria-hidden />
              </IconButton>
            </>
          )
        }
      />
      <div className="grid gap-8">
        <PolicyEditor key={policy.version} policy={policy} />
        <PolicyVersions
          policy={policy}
          onActivate={(version) => setStep({ kind: 'activate', version })}
        />
      </div>
      {step?.kind === 'activate' && (
        <ActivationDialog policy={policy} version={step.version} onClose={close} />
      )}
      {step?.kind === 'deactivate' && (
        <ActivationDialog policy={policy} version={null} onClose={close} />
      )}
      {step?.kind === 'delete' && (
        <ConfirmDialog
          title={`Delete ${policy.name}?`}
          confirmLabel="Delete policy"
          isBusy={remove.isPending}
          onConfirm={() => remove.mutate()}
          onClose={close}
        >
          All its versions go. An active policy must be deactivated first. This cannot be undone.
        </ConfirmDialog>
      )}
    </>
  )
}

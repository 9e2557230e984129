import type { Agent } from '@cadre/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { KeyRound, Pause, Play, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api, messageOf } from '../api/client.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { MenuItem, MoreMenu } from '../ui/menu.tsx'
import { notify } from '../ui/toast.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'

type Step = 'delete' | 'new-key' | null

export const AgentActions = ({ agent }: { agent: Agent }) => {
  const [step, setStep] = useState<Step>(null)
  const may = useMay()
  const cache = useQueryClient()
  const toggle = useMutation({
    mutationFn: () => (agent.enabled ? api.agents.disable(agent.id) : api.agents.enable(agent.id)),
    onSuccess: (changed) =>
      notify(changed.enabled ? `${changed.name} takes work again` : `${changed.name} is disabled`),
    onError: (error) => notify(messageOf(error)),
    onSettled: () => cache.invalidateQueries({ queryKey: ['agents'] }),
  })
  return (
    <div className="flex gap-2">
      <Button isBusy={toggle.isPending} onClick={() => toggle.mutate()}>
        {agent.enabled ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />}
        {agent.enabled ? 'Disable' : 'Enable'}
      </Button>
      <MoreMenu label="More actions" isFramed>
        {agent.runtime === 'remote' && may('agent.issue_key') && (
          <MenuItem onSelect={() => setStep('new-key')}>
            <KeyRound size={14} aria-hidden /> New key
          </MenuItem>
        )}
        <MenuItem onSelect={() => setStep('delete')}>
          <Trash2 size={14} aria-hidden /> Delete agent
        </MenuItem>
      </MoreMenu>
      {step === 'delete' && <DeleteDialog agent={agent} onClose={() => setStep(null)} />}
      {step === 'new-key' && <NewKeyDialog agent={agent} onClose={() => setStep(null)} />}
    </div>
  )
}

interface StepProps {
  agent: Agent
  onClose: () => void
}

const DeleteDialog = ({ agent, onClose }: StepProps) => {
  const navigate = useNavigate()
  const cache = useQueryClient()
  const remove = useMutation({
    mutationFn: () => api.agents.remove(agent.id),
    onSuccess: async () => {
      notify(`${agent.name} deleted`)
      onClose()
      await navigate({ to: '/agents' })
      await cache.invalidateQueries({ queryKey: ['agents'] })
    },
    onError: (error) => notify(messageOf(error)),
  })
  return (
    <ConfirmDialog
      title={`Delete ${agent.name} ${agent.version}?`}
      confirmLabel="Delete agent"
      dismissLabel="Keep it"
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      It gets no more work and leaves the list. Its tasks and attempts stay on record. This cannot
      be undone.
    </ConfirmDialog>
  )
}

const NewKeyDialog = ({ agent, onClose }: StepProps) => {
  const create = useMutation({
    mutationFn: () => api.agents.newKey(agent.id),
    onError: (error) => notify(messageOf(error)),
  })
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`New key for ${agent.name}`}
      dismissedBy={create.isSuccess ? 'nothing' : 'anything'}
      description="The agent signs in with it to receive tasks and to report on them."
    >
      {create.isSuccess ? (
        <>
          <ShownOnce value={create.data.key} />
          <div className="mt-5 flex justify-end">
            <Button look="primary" onClick={onClose}>
              I have copied it
            </Button>
          </div>
        </>
      ) : (
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button look="primary" isBusy={create.isPending} onClick={() => create.mutate()}>
            Make a key
          </Button>
        </div>
      )}
    </Dialog>
  )
}

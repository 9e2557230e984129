import type { RunDetail } from '@cadre/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Ban, Pause, Play, Radio, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { api, messageOf } from '../api/client.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Button } from '../ui/button.tsx'
import { notify } from '../ui/toast.tsx'
import { CancelDialog } from './cancel-dialog.tsx'
import type { GraphStep } from './graph-model.ts'
import { RerunDialog } from './rerun-dialog.tsx'
import { isRunOver } from './run-words.ts'
import { SignalDialog } from './signal-dialog.tsx'
import { runKey } from './use-run.ts'

type Step = 'cancel' | 'rerun' | 'signal' | null

/** What people can do with the run as a whole. */
export const RunActions = ({ run, steps }: { run: RunDetail; steps: readonly GraphStep[] }) => {
  const [step, setStep] = useState<Step>(null)
  const may = useMay()
  const cache = useQueryClient()
  const pause = useMutation({
    mutationFn: () => (run.is_paused ? api.runs.resume(run.id) : api.runs.pause(run.id)),
    onSuccess: (changed) => notify(changed.is_paused ? 'Run paused' : 'The run goes on'),
    onError: (error) => notify(messageOf(error)),
    onSettled: () => cache.invalidateQueries({ queryKey: runKey(run.id) }),
  })
  const close = () => setStep(null)
  return (
    <div className="flex flex-wrap gap-2">
      {isRunOver(run.status) && may('run.start') && (
        <Button onClick={() => setStep('rerun')}>
          <RotateCcw size={14} aria-hidden /> Run again
        </Button>
      )}
      {!isRunOver(run.status) && may('run.signal') && (
        <Button onClick={() => setStep('signal')}>
          <Radio size={14} aria-hidden /> Signal
        </Button>
      )}
      {!isRunOver(run.status) && may('run.control') && (
        <>
          <Button isBusy={pause.isPending} onClick={() => pause.mutate()}>
            {run.is_paused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
            {run.is_paused ? 'Resume' : 'Pause'}
          </Button>
          {!run.is_ending && (
            <Button onClick={() => setStep('cancel')}>
              <Ban size={14} aria-hidden /> Cancel
            </Button>
          )}
        </>
      )}
      {step === 'cancel' && <CancelDialog run={run} onClose={close} />}
      {step === 'rerun' && <RerunDialog run={run} steps={steps} onClose={close} />}
      {step === 'signal' && <SignalDialog run={run} steps={steps} onClose={close} />}
    </div>
  )
}

import type { Json, RerunRun, RunDetail } from '@cadre/contract'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { Field, Select } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { readPayload } from '../ui/payload-field.tsx'
import { Segments } from '../ui/segments.tsx'
import { notify } from '../ui/toast.tsx'
import { JsonField } from '../workflows/json-field.tsx'
import type { GraphStep } from './graph-model.ts'

type From = 'start' | 'failed' | 'step'

const NOTES: Record<From, string> = {
  start: 'Everything runs again.',
  failed: 'What succeeded is kept and costs nothing; the rest runs again.',
  step: 'The step and all that needs it run again; what comes before is kept.',
}

/** Starts a new run of the same version: whole, from what failed, or from a step. */
export const RerunDialog = ({
  run,
  steps,
  onClose,
  step: firstStep,
}: {
  run: RunDetail
  steps: readonly GraphStep[]
  onClose: () => void
  /** The step that is suggested to start from. */
  step?: string
}) => {
  const navigate = useNavigate()
  const isUndone = run.status === 'COMPENSATED'
  const [from, setFrom] = useState<From>(() => {
    if (firstStep !== undefined) return 'step'
    return run.status === 'FAILED' ? 'failed' : 'start'
  })
  const [step, setStep] = useState(firstStep ?? run.failed_step ?? steps[0]?.name ?? '')
  const [context, setContext] = useState(() => jsonText(run.context))
  const read = readPayload({ kind: 'json', text: context })
  const rerun = useMutation({
    mutationFn: (body: RerunRun) => api.runs.rerun(run.id, body),
    onSuccess: ({ id }) => {
      notify('The new run began')
      onClose()
      void navigate({ to: '/runs/$runId', params: { runId: id } })
    },
  })
  const submit = () => {
    if (from === 'start' && read.isValid) {
      const isChanged = context !== jsonText(run.context)
      rerun.mutate({ from, ...(isChanged && { context: (read.value ?? null) as never }) })
    }
    if (from !== 'start') rerun.mutate({ from: from === 'step' ? { step } : from })
  }
  return (
    <FormDialog
      onClose={onClose}
      title="Run again"
      description={`A new run of ${run.workflow_name} ${run.workflow_version}.`}
      className="max-w-lg"
      submitLabel="Run again"
      focus="submit"
      sent={rerun}
      fields={from === 'start' ? ['context'] : []}
      onSubmit={submit}
    >
      <div>
        <Segments
          label="From where"
          value={from}
          onChange={setFrom}
          segments={[
            { value: 'start' as const, label: 'Whole' },
            ...(isUndone
              ? []
              : [
                  { value: 'failed' as const, label: 'From what failed' },
                  { value: 'step' as const, label: 'From a step' },
                ]),
          ]}
        />
        <p className="mt-2 text-xs text-muted">
          {NOTES[from]}
          {isUndone && ' Its results were undone, so none can be kept.'}
        </p>
      </div>
      {from === 'step' && (
        <Field label="Step">
          {(control) => (
            <Select {...control} value={step} onChange={(event) => setStep(event.target.value)}>
              {steps.map(({ name, title }) => (
                <option key={name} value={name}>
                  {title === name ? name : `${title} (${name})`}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {from === 'start' && (
        <JsonField
          label="Context"
          value={context}
          onChange={setContext}
          error={fieldErrors(rerun.error)['context']}
        />
      )}
    </FormDialog>
  )
}

const jsonText = (value: Json) => (value === null ? '' : JSON.stringify(value, null, 2))

import type { Run, RunStep } from '@cadre/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Check, CheckCheck, RotateCcw, SkipForward, X } from 'lucide-react'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Button } from '../ui/button.tsx'
import { Field, TextArea } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { readPayload } from '../ui/payload-field.tsx'
import { notify } from '../ui/toast.tsx'
import { JsonField } from '../workflows/json-field.tsx'
import { isRunOver } from './run-words.ts'
import { decisionsOf, type Decision } from './step-decision.ts'

const WORDS: Record<
  Decision,
  { label: string; title: string; note: string; done: string; icon: typeof Check }
> = {
  approve: {
    label: 'Approve',
    title: 'Approve this?',
    note: 'The run goes on.',
    done: 'Approved',
    icon: Check,
  },
  reject: {
    label: 'Reject',
    title: 'Reject this?',
    note: 'The step fails, and the run goes the way that it declares for that.',
    done: 'Rejected',
    icon: X,
  },
  retry: {
    label: 'Try again',
    title: 'Try it again?',
    note: 'Its task goes back into the queue with its retries counted from zero.',
    done: 'It is tried again',
    icon: RotateCcw,
  },
  skip: {
    label: 'Skip',
    title: 'Leave it out?',
    note: 'It ends without a result; what needs it goes on. Its task is cancelled.',
    done: 'Left out',
    icon: SkipForward,
  },
  complete: {
    label: 'Declare done',
    title: 'Declare it done?',
    note: 'It counts as done with the result that you give. Its task is cancelled.',
    done: 'Declared done',
    icon: CheckCheck,
  },
}

/** Buttons for what can be decided now; each asks for a comment, which is kept for audit. */
export const StepDecisions = ({
  run,
  step,
  isInRow = false,
}: {
  run: Pick<Run, 'id' | 'status'>
  step: RunStep
  /** Beside other things in a row rather than on a line of its own. */
  isInRow?: boolean
}) => {
  const [decision, setDecision] = useState<Decision | null>(null)
  const may = useMay()
  const decisions = isRunOver(run.status) ? [] : decisionsOf(step, may)
  if (decisions.length === 0 && decision === null) return null
  return (
    <div
      className={
        isInRow ? 'flex flex-wrap gap-2' : 'flex flex-wrap gap-2 border-b border-line px-4 py-3'
      }
    >
      {decisions.map((each) => {
        const { label, icon: Icon } = WORDS[each]
        return (
          <Button
            key={each}
            size="small"
            look={each === 'approve' || each === 'retry' ? 'primary' : 'secondary'}
            onClick={() => setDecision(each)}
          >
            <Icon size={13} aria-hidden /> {label}
          </Button>
        )
      })}
      {decision !== null && (
        <DecisionDialog step={step} decision={decision} onClose={() => setDecision(null)} />
      )}
    </div>
  )
}

const DecisionDialog = ({
  step,
  decision,
  onClose,
}: {
  step: RunStep
  decision: Decision
  onClose: () => void
}) => {
  const words = WORDS[decision]
  const [comment, setComment] = useState('')
  const [result, setResult] = useState('')
  const cache = useQueryClient()
  const read = readPayload({ kind: 'json', text: result })
  const decide = useMutation({
    mutationFn: () =>
      api.runs.decide(step.run_id, step.id, decision, {
        ...(comment.trim() !== '' && { comment: comment.trim() }),
        ...(decision === 'complete' &&
          read.isValid &&
          read.value !== undefined && { result: read.value as never }),
      }),
    onSuccess: () => {
      notify(words.done)
      onClose()
    },
    onSettled: () =>
      Promise.all(['runs', 'approvals'].map((key) => cache.invalidateQueries({ queryKey: [key] }))),
  })
  const submit = () => {
    if (read.isValid) decide.mutate()
  }
  return (
    <FormDialog
      onClose={onClose}
      title={words.title}
      description={words.note}
      className="max-w-md"
      submitLabel={words.label}
      dismissLabel="Not now"
      look={decision === 'reject' || decision === 'skip' ? 'danger' : 'primary'}
      sent={decide}
      onSubmit={submit}
    >
      {step.message !== null && step.kind === 'approval' && (
        <p className="max-h-48 overflow-y-auto rounded-lg bg-sunken px-3 py-2 text-sm whitespace-pre-wrap">
          {step.message}
        </p>
      )}
      {decision === 'complete' && (
        <JsonField label="Result" isOptional rows={4} value={result} onChange={setResult} />
      )}
      <Field label="Comment" isOptional hint="It is kept with your name">
        {(control) => (
          <TextArea
            {...control}
            data-initial-focus
            rows={3}
            maxLength={2_000}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  )
}

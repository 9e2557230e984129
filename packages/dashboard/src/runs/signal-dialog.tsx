import type { RunDetail, SignalRun } from '@cadre/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { Field, TextInput } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { readPayload } from '../ui/payload-field.tsx'
import { notify } from '../ui/toast.tsx'
import { JsonField } from '../workflows/json-field.tsx'
import type { GraphStep } from './graph-model.ts'
import { runKey } from './use-run.ts'

/** Tells the run that something happened; the step that waits for it goes on. */
export const SignalDialog = ({
  run,
  steps,
  onClose,
}: {
  run: RunDetail
  steps: readonly GraphStep[]
  onClose: () => void
}) => {
  const names = [...new Set(steps.flatMap(signalOf))]
  const [name, setName] = useState(names[0] ?? '')
  const [body, setBody] = useState('')
  const listId = useId()
  const cache = useQueryClient()
  const read = readPayload({ kind: 'json', text: body })
  const signal = useMutation({
    mutationFn: (request: SignalRun) => api.runs.signal(run.id, request),
    onSuccess: ({ step_id }) => {
      notify(step_id === null ? 'Kept until a step waits for it' : 'The step that waited goes on')
      onClose()
    },
    onSettled: () => cache.invalidateQueries({ queryKey: runKey(run.id) }),
  })
  const errors = fieldErrors(signal.error)
  const submit = () => {
    if (!read.isValid) return
    signal.mutate({ name, ...(read.value !== undefined && { body: read.value as never }) })
  }
  return (
    <FormDialog
      onClose={onClose}
      title="Send a signal"
      description="It wakes the step that waits for it, or is kept for one that will."
      className="max-w-lg"
      submitLabel="Send"
      sent={signal}
      fields={['name', 'body']}
      isCheckedByBrowser
      onSubmit={submit}
    >
      <Field label="Name" error={errors['name']}>
        {(control) => (
          <>
            <TextInput
              {...control}
              required
              data-initial-focus
              list={listId}
              maxLength={64}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
            <datalist id={listId}>
              {names.map((each) => (
                <option key={each} value={each} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <JsonField
        label="Body"
        isOptional
        hint="It becomes the result of the step"
        value={body}
        onChange={setBody}
        error={errors['body']}
      />
    </FormDialog>
  )
}

/** The signals that the definition names. */
const signalOf = ({ definition, kind }: GraphStep) =>
  kind === 'signal' && definition !== null && definition.subject !== null
    ? [definition.subject]
    : []

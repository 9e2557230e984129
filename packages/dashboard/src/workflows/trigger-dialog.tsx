import type { TriggerWorkflow } from '@cadre/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { TextField } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { readPayload } from '../ui/payload-field.tsx'
import { notify } from '../ui/toast.tsx'
import { ContextSchema } from './context-schema.tsx'
import { JsonField } from './json-field.tsx'
import { contextTemplate, triggerSchemaOf } from './trigger-schema.ts'
import { workflowQuery } from './use-workflows.ts'

/** Starts a run of a workflow with a context that the server checks against its schema. */
export const TriggerDialog = ({
  workflow,
  onClose,
}: {
  workflow: { name: string; version: string }
  onClose: () => void
}) => {
  const navigate = useNavigate()
  const reference = `${workflow.name}@${workflow.version}`
  const known = useQuery(workflowQuery(workflow.name, workflow.version))
  const schema = known.data === undefined ? null : triggerSchemaOf(known.data.definition)
  const [typed, setTyped] = useState<string | null>(null)
  const [key, setKey] = useState('')
  const context = typed ?? contextTemplate(schema)
  const read = readPayload({ kind: 'json', text: context })
  const trigger = useMutation({
    mutationFn: (body: TriggerWorkflow) => api.runs.trigger(reference, body),
    onSuccess: ({ run, is_replay }) => {
      notify(is_replay ? 'This key made a run before: here it is' : 'The run began')
      onClose()
      void navigate({ to: '/runs/$runId', params: { runId: run.id } })
    },
  })
  const errors = fieldErrors(trigger.error)
  const submit = () => {
    if (!read.isValid) return
    trigger.mutate({
      ...(read.value !== undefined && { context: read.value as never }),
      ...(key.trim() !== '' && { idempotency_key: key.trim() }),
    })
  }
  return (
    <FormDialog
      onClose={onClose}
      title={`Trigger ${workflow.name} ${workflow.version}`}
      className="max-w-xl"
      submitLabel="Start the run"
      sent={trigger}
      fields={['context', 'idempotency_key']}
      onSubmit={submit}
    >
      <JsonField
        label="Context"
        hint="What the run is about, as JSON"
        rows={9}
        isFocused
        value={context}
        onChange={setTyped}
        error={errors['context']}
      />
      <ContextSchema schema={schema} />
      <TextField
        label="Idempotency key"
        isOptional
        hint="The same key makes the same run, however often"
        error={errors['idempotency_key']}
        maxLength={200}
        value={key}
        onChange={setKey}
      />
    </FormDialog>
  )
}

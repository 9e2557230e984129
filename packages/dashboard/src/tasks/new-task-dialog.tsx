import type { CreateTask, Task } from '@cadre/contract'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { TextField } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { PayloadField, readPayload } from '../ui/payload-field.tsx'
import { notify } from '../ui/toast.tsx'
import { NewTaskOptions } from './new-task-options.tsx'
import { draftFrom, toCreateTask, type TaskDraft } from './task-draft.ts'
import { TaskTarget } from './task-target.tsx'

/** Fields of the body that say their own faults. */
const FIELDS = ['agent_id', 'title', 'priority', 'max_retries', 'timeouts', 'run_at', 'tags']

export interface NewTaskDialogProps {
  onClose: () => void
  /** A task to start from: "run again". */
  from?: Task
}

export const NewTaskDialog = ({ onClose, from }: NewTaskDialogProps) => {
  const navigate = useNavigate()
  const [draft, setDraft] = useState(() => draftFrom(from))
  const [problem, setProblem] = useState<string | null>(null)
  const change = (part: Partial<TaskDraft>) => setDraft((last) => ({ ...last, ...part }))
  const create = useMutation({
    mutationFn: (task: CreateTask) => api.tasks.create(task),
    onSuccess: (task) => {
      notify('Task created')
      onClose()
      void navigate({ to: '/tasks/$taskId', params: { taskId: task.id } })
    },
  })
  const errors = fieldErrors(create.error)

  const submit = () => {
    const isTargetMissing =
      draft.target === 'agent' ? draft.agentId === null : draft.capability === ''
    setProblem(isTargetMissing ? 'Say who should do it.' : null)
    if (!isTargetMissing && readPayload(draft.input).isValid) create.mutate(toCreateTask(draft))
  }

  return (
    <FormDialog
      onClose={onClose}
      title={from === undefined ? 'New task' : 'Run again'}
      description="Cadre keeps it until it is done, retries it when it fails, and shows why it waits."
      className="max-w-xl"
      submitLabel="Create task"
      sent={create}
      fields={FIELDS}
      onSubmit={submit}
    >
      <TaskTarget draft={draft} change={change} error={problem ?? errors['agent_id']} />
      <TextField
        label="Title"
        isOptional
        error={errors['title']}
        maxLength={200}
        value={draft.title}
        placeholder="What it is for"
        onChange={(title) => change({ title })}
      />
      <PayloadField value={draft.input} onChange={(input) => change({ input })} />
      <NewTaskOptions draft={draft} change={change} errors={errors} />
    </FormDialog>
  )
}

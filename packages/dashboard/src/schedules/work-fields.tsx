import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { TaskTarget } from '../tasks/task-target.tsx'
import { Field } from '../ui/field.tsx'
import { PayloadField } from '../ui/payload-field.tsx'
import { Segments } from '../ui/segments.tsx'
import { ContextSchema } from '../workflows/context-schema.tsx'
import { JsonField } from '../workflows/json-field.tsx'
import { contextTemplate, triggerSchemaOf } from '../workflows/trigger-schema.ts'
import { useWorkflowChoice } from '../workflows/use-workflow-choice.ts'
import { referredWorkflowQuery } from '../workflows/use-workflows.ts'
import { VersionField } from '../workflows/version-field.tsx'
import { WorkflowPicker } from '../workflows/workflow-picker.tsx'
import { referenceOf } from '../workflows/workflow-reference.ts'
import type { DraftFieldsProps } from './timing-fields.tsx'

/** What each run makes: a task, or a run of a workflow. */
export const WorkFields = (props: DraftFieldsProps) => {
  const { draft, change, errors } = props
  return (
    <div className="grid gap-4">
      <div className="flex items-center justify-between border-t border-line pt-4">
        <span className="text-sm font-medium">Each run</span>
        <Segments
          label="What each run makes"
          value={draft.work}
          onChange={(work) => change({ work })}
          segments={[
            { value: 'task', label: 'Creates a task' },
            { value: 'workflow', label: 'Starts a workflow' },
          ]}
          isSmall
        />
      </div>
      {draft.work === 'workflow' ? (
        <WorkflowFields {...props} />
      ) : (
        <>
          <TaskTarget
            draft={draft}
            change={change}
            error={errors['task.agent_id'] ?? errors['task.capability'] ?? errors['agent_id']}
            by="name"
          />
          <PayloadField value={draft.input} onChange={(input) => change({ input })} rows={4} />
        </>
      )}
    </div>
  )
}

const WorkflowFields = ({ draft, change, errors }: DraftFieldsProps) => {
  const chosen = useWorkflowChoice(draft.workflow)
  const schema = useContextSchema(draft.workflow)
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_14rem]">
        <Field label="Workflow" error={errors['workflow']}>
          {(control) => (
            <WorkflowPicker
              control={control}
              name={chosen?.name ?? null}
              onChange={(workflow) => change({ workflow })}
            />
          )}
        </Field>
        {chosen !== null && (
          <VersionField
            workflow={chosen.name}
            value={chosen.version}
            onChange={(version) => change({ workflow: referenceOf({ ...chosen, version }) })}
          />
        )}
      </div>
      <JsonField
        label="Context"
        isOptional={schema === null}
        hint="What the workflow is started with, as JSON"
        rows={5}
        value={draft.context}
        onChange={(context) => change({ context })}
        error={errors['context']}
        {...(schema === null ? {} : { placeholder: contextTemplate(schema) })}
      />
      <ContextSchema schema={schema} />
    </>
  )
}

/** What the chosen workflow asks of its context, in the version that would be started now. */
const useContextSchema = (reference: string | null) => {
  const known = useQuery({
    ...referredWorkflowQuery(reference),
    // The form would jump under the pointer if its schema went until the next one is there.
    placeholderData: keepPreviousData,
  })
  return known.data === undefined ? null : triggerSchemaOf(known.data.definition)
}

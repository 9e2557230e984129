import { Field, TextInput } from '../ui/field.tsx'
import { MoreOptions } from '../ui/more-options.tsx'
import type { TaskDraft } from './task-draft.ts'
import { PriorityField } from './priority-field.tsx'

/** What most tasks leave as it is. */
export const NewTaskOptions = ({
  draft,
  change,
  errors,
}: {
  draft: TaskDraft
  change: (part: Partial<TaskDraft>) => void
  errors: Readonly<Record<string, string>>
}) => (
  <MoreOptions summary="Priority, retries, time and tags">
    <PriorityField
      value={draft.priority}
      onChange={(priority) => change({ priority })}
      error={errors['priority']}
    />
    <Field label="Retries" hint="0 to 100" error={errors['max_retries']}>
      {(control) => (
        <TextInput
          {...control}
          inputMode="numeric"
          value={draft.maxRetries}
          placeholder="3"
          onChange={(event) => change({ maxRetries: event.target.value })}
        />
      )}
    </Field>
    <Field
      label="Time limit"
      hint="Seconds for one attempt"
      error={errors['timeouts.execution_seconds'] ?? errors['timeouts']}
    >
      {(control) => (
        <TextInput
          {...control}
          inputMode="decimal"
          value={draft.timeoutSeconds}
          placeholder="300"
          onChange={(event) => change({ timeoutSeconds: event.target.value })}
        />
      )}
    </Field>
    <Field label="Not before" hint="Empty: at once" error={errors['run_at']}>
      {(control) => (
        <TextInput
          {...control}
          type="datetime-local"
          value={draft.runAt}
          onChange={(event) => change({ runAt: event.target.value })}
        />
      )}
    </Field>
    <Field label="Tags" hint="Separated by commas" error={errors['tags']} className="sm:col-span-2">
      {(control) => (
        <TextInput
          {...control}
          value={draft.tags}
          placeholder="nightly, customer-42"
          onChange={(event) => change({ tags: event.target.value })}
        />
      )}
    </Field>
  </MoreOptions>
)

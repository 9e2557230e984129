import { TextField } from '../ui/field.tsx'
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
    <TextField
      label="Retries"
      hint="0 to 100"
      error={errors['max_retries']}
      inputMode="numeric"
      value={draft.maxRetries}
      placeholder="3"
      onChange={(maxRetries) => change({ maxRetries })}
    />
    <TextField
      label="Time limit"
      hint="Seconds for one attempt"
      error={errors['timeouts.execution_seconds'] ?? errors['timeouts']}
      inputMode="decimal"
      value={draft.timeoutSeconds}
      placeholder="300"
      onChange={(timeoutSeconds) => change({ timeoutSeconds })}
    />
    <TextField
      label="Not before"
      hint="Empty: at once"
      error={errors['run_at']}
      type="datetime-local"
      value={draft.runAt}
      onChange={(runAt) => change({ runAt })}
    />
    <TextField
      label="Tags"
      hint="Separated by commas"
      error={errors['tags']}
      className="sm:col-span-2"
      value={draft.tags}
      placeholder="nightly, customer-42"
      onChange={(tags) => change({ tags })}
    />
  </MoreOptions>
)

import type { TaskPriority } from '@cadre/contract'
import { ChevronRight } from 'lucide-react'
import { Field, Select, TextInput } from '../ui/field.tsx'
import type { TaskDraft } from './task-draft.ts'
import { PRIORITIES, PRIORITY_WORDS } from './task-words.ts'

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
  <details className="group rounded-lg border border-line">
    <summary className="flex h-9 list-none items-center gap-1.5 rounded-lg px-3 text-sm text-muted hover:text-ink [&::-webkit-details-marker]:hidden">
      <ChevronRight size={14} aria-hidden className="transition-transform group-open:rotate-90" />
      Priority, retries, time and tags
    </summary>
    <div className="grid gap-4 p-3 pt-1 sm:grid-cols-2">
      <Field label="Priority" error={errors['priority']}>
        {(control) => (
          <Select
            {...control}
            value={draft.priority}
            onChange={(event) => change({ priority: event.target.value as TaskPriority })}
          >
            {PRIORITIES.map((priority) => (
              <option key={priority} value={priority}>
                {PRIORITY_WORDS[priority]}
              </option>
            ))}
          </Select>
        )}
      </Field>
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
      <Field
        label="Tags"
        hint="Separated by commas"
        error={errors['tags']}
        className="sm:col-span-2"
      >
        {(control) => (
          <TextInput
            {...control}
            value={draft.tags}
            placeholder="nightly, customer-42"
            onChange={(event) => change({ tags: event.target.value })}
          />
        )}
      </Field>
    </div>
  </details>
)

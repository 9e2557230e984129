import { Field, TextArea, TextInput } from '../ui/field.tsx'
import type { AgentDraft } from './agent-draft.ts'

/** What every agent tells about itself. */
export const AgentFieldset = ({
  draft,
  change,
  errors,
}: {
  draft: AgentDraft
  change: (part: Partial<AgentDraft>) => void
  errors: Readonly<Record<string, string>>
}) => (
  <>
    <div className="grid gap-4 sm:grid-cols-[1fr_8rem]">
      <Field label="Name" error={errors['name']} hint="Lower-case words joined by hyphens">
        {(control) => (
          <TextInput
            {...control}
            required
            maxLength={64}
            value={draft.name}
            placeholder="word-count"
            onChange={(event) => change({ name: event.target.value })}
          />
        )}
      </Field>
      <Field label="Version" error={errors['version']}>
        {(control) => (
          <TextInput
            {...control}
            maxLength={64}
            value={draft.version}
            onChange={(event) => change({ version: event.target.value })}
            className="font-mono"
          />
        )}
      </Field>
    </div>
    <Field label="Description" isOptional error={errors['description']}>
      {(control) => (
        <TextArea
          {...control}
          rows={2}
          maxLength={2_000}
          value={draft.description}
          placeholder="What it does, in a sentence"
          onChange={(event) => change({ description: event.target.value })}
        />
      )}
    </Field>
    <div className="grid gap-4 sm:grid-cols-[1fr_8rem]">
      <Field
        label="Capabilities"
        isOptional
        error={errors['capabilities'] ?? errors['capabilities.0']}
        hint="Separated by commas"
      >
        {(control) => (
          <TextInput
            {...control}
            value={draft.capabilities}
            placeholder="text.count, text.stats"
            onChange={(event) => change({ capabilities: event.target.value })}
            className="font-mono"
          />
        )}
      </Field>
      <Field label="Price" error={errors['price']} hint="US dollars per task">
        {(control) => (
          <TextInput
            {...control}
            inputMode="decimal"
            value={draft.price}
            placeholder="0"
            onChange={(event) => change({ price: event.target.value })}
          />
        )}
      </Field>
    </div>
  </>
)

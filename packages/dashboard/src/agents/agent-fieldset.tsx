import { Field, TextArea, TextField } from '../ui/field.tsx'
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
      <TextField
        label="Name"
        error={errors['name']}
        hint="Lower-case words joined by hyphens"
        required
        maxLength={64}
        value={draft.name}
        placeholder="word-count"
        onChange={(name) => change({ name })}
      />
      <TextField
        label="Version"
        error={errors['version']}
        maxLength={64}
        value={draft.version}
        onChange={(version) => change({ version })}
        isMono
      />
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
      <TextField
        label="Capabilities"
        isOptional
        error={errors['capabilities'] ?? errors['capabilities.0']}
        hint="Separated by commas"
        value={draft.capabilities}
        placeholder="text.count, text.stats"
        onChange={(capabilities) => change({ capabilities })}
        isMono
      />
      <TextField
        label="Price"
        error={errors['price']}
        hint="US dollars per task"
        inputMode="decimal"
        value={draft.price}
        placeholder="0"
        onChange={(price) => change({ price })}
      />
    </div>
  </>
)

import type { WorkflowSummary } from '@cadre/contract'
import { api } from '../api/client.ts'
import type { FieldControl } from '../ui/field.tsx'
import { Picker, type PickerSource } from '../ui/picker.tsx'

const SHOWN_MAX = 30

const WORKFLOWS: PickerSource<WorkflowSummary> = {
  noun: 'workflow',
  queryKey: ['workflows', 'search', SHOWN_MAX],
  search: async (text) =>
    (await api.workflows.list({ limit: SHOWN_MAX, ...(text !== '' && { q: text }) })).items,
  idOf: ({ name }) => name,
  nameOf: ({ name }) => name,
  versionOf: ({ version }) => version,
}

/** Chooses a workflow by typing part of its name or description. */
export const WorkflowPicker = ({
  name,
  onChange,
  control,
}: {
  /** The chosen one's. */
  name: string | null
  onChange: (name: string | null) => void
  control: FieldControl
}) => (
  <Picker
    source={WORKFLOWS}
    chosen={name === null ? null : { id: name, name }}
    onChoose={(workflow) => onChange(workflow?.name ?? null)}
    placeholder="Choose a workflow"
    control={control}
  />
)

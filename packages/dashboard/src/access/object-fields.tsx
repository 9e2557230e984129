import type { ObjectReference, ResourceType } from '@cadre/contract'
import { Field, Select, TextField } from '../ui/field.tsx'

// All of them, which the type makes sure of.
const RESOURCE_TYPES = Object.keys({
  Agent: 0,
  Task: 0,
  Workflow: 0,
  Run: 0,
  Schedule: 0,
  Webhook: 0,
  Queue: 0,
  DeadLetter: 0,
  Member: 0,
  Key: 0,
  Role: 0,
  Grant: 0,
  Policy: 0,
  Tenant: 0,
  Audit: 0,
  System: 0,
} satisfies Record<ResourceType, 0>) as ResourceType[]

/** An object while it is being named. */
export interface ObjectDraft {
  /** Empty: none in particular. */
  type: ResourceType | ''
  id: string
}

export const NO_OBJECT: ObjectDraft = { type: '', id: '' }

export const objectOf = ({ type, id }: ObjectDraft): ObjectReference | undefined =>
  type === '' ? undefined : { type, id: id.trim() }

/** Type and id of an object. */
export const ObjectFields = ({
  value,
  onChange,
  noneLabel,
  errors,
}: {
  value: ObjectDraft
  onChange: (object: ObjectDraft) => void
  /** Left out: an object must be named. */
  noneLabel?: string
  errors: { type: string | undefined; id: string | undefined }
}) => (
  <div className="flex flex-wrap gap-4">
    <Field label="Object" error={errors.type} className="flex-1 basis-40">
      {(control) => (
        <Select
          {...control}
          value={value.type}
          onChange={(event) =>
            onChange({ ...value, type: event.target.value as ObjectDraft['type'] })
          }
        >
          {noneLabel !== undefined && <option value="">{noneLabel}</option>}
          {RESOURCE_TYPES.map((type) => (
            <option key={type} value={type}>
              {type}
            </option>
          ))}
        </Select>
      )}
    </Field>
    {value.type !== '' && (
      <TextField
        label="Its id"
        hint="Workflows, queues and roles: the name"
        error={errors.id}
        className="flex-2 basis-52"
        maxLength={300}
        value={value.id}
        onChange={(text) => onChange({ ...value, id: text })}
        isMono
      />
    )}
  </div>
)

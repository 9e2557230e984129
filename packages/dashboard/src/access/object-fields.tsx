import { RESOURCE_TYPES, type ObjectReference, type ResourceType } from '@cadre/contract'
import { Field, Select, TextInput } from '../ui/field.tsx'

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
  <div className="grid gap-4 sm:grid-cols-[12rem_1fr]">
    <Field label="Object" error={errors.type}>
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
      <Field label="Its id" hint="Workflows, queues and roles: the name" error={errors.id}>
        {(control) => (
          <TextInput
            {...control}
            maxLength={300}
            value={value.id}
            onChange={(event) => onChange({ ...value, id: event.target.value })}
            className="font-mono"
          />
        )}
      </Field>
    )}
  </div>
)

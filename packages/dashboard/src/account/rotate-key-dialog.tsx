import type { ApiKey } from '@cadre/contract'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Field, Select } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { KeyShown } from './key-shown.tsx'

const OVERLAPS = [
  ['Not at all', 0],
  ['One hour', 3_600],
  ['One day', 86_400],
  ['Seven days', 604_800],
] as const

/** Replaces a key by another one of the same owner and scopes. */
export const RotateKeyDialog = ({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) => {
  const [overlapSeconds, setOverlapSeconds] = useState(0)
  const rotate = useAction(() => api.keys.rotate(apiKey.id, { overlap_seconds: overlapSeconds }), {
    touches: [['keys']],
    saysFaultItself: true,
  })
  if (rotate.isSuccess) return <KeyShown made={rotate.data} onClose={onClose} />
  return (
    <FormDialog
      onClose={onClose}
      title={`Replace ${apiKey.label}?`}
      description="You get another key of the same scopes."
      className="max-w-md"
      submitLabel="Replace key"
      focus="submit"
      sent={rotate}
      onSubmit={() => rotate.mutate()}
    >
      <Field label="The present key stays good for">
        {(control) => (
          <Select
            {...control}
            value={overlapSeconds}
            onChange={(event) => setOverlapSeconds(Number(event.target.value))}
          >
            {OVERLAPS.map(([words, seconds]) => (
              <option key={seconds} value={seconds}>
                {words}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  )
}

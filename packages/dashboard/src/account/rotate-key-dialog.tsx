import type { ApiKey } from '@cadre/contract'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Select } from '../ui/field.tsx'
import { FormError } from '../ui/notice.tsx'
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
  const submit = (event: FormEvent) => {
    event.preventDefault()
    rotate.mutate()
  }
  if (rotate.isSuccess) return <KeyShown made={rotate.data} onClose={onClose} />
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Replace ${apiKey.label}?`}
      description="You get another key of the same scopes."
      dismissedBy="escape"
      className="max-w-md"
    >
      <form onSubmit={submit} className="grid gap-4">
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
        <FormError error={rotate.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={rotate.isPending} data-initial-focus>
            Replace key
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

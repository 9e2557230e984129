import { useState, type FormEvent } from 'react'
import { fieldErrors } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, TextArea } from '../ui/field.tsx'
import { FormError } from '../ui/notice.tsx'

export interface WordDialogProps {
  /** What is done, as its button says it. */
  verb: string
  /** The version that it is done to. */
  called: string
  /** What follows from it. */
  text: string
  /** The field of the API that the words go into. */
  field: 'reason' | 'message'
  hint: string
  isOptional?: boolean
  look?: 'primary' | 'danger'
  sent: { error: Error | null; isPending: boolean; mutate: (words: string) => void }
  onClose: () => void
}

const LABELS = { reason: 'Reason', message: 'Message' } as const

/** Asks for words about a version, which others will read. */
export const WordDialog = ({
  verb,
  called,
  text,
  field,
  hint,
  isOptional = false,
  look = 'danger',
  sent,
  onClose,
}: WordDialogProps) => {
  const [words, setWords] = useState('')
  const isMissing = !isOptional && words.trim() === ''
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isMissing) sent.mutate(words.trim())
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`${verb} ${called}?`}
      description={text}
      dismissedBy="escape"
      className="max-w-md"
    >
      <form onSubmit={submit} noValidate className="grid gap-4">
        <Field
          label={LABELS[field]}
          isOptional={isOptional}
          hint={hint}
          error={fieldErrors(sent.error)[field]}
        >
          {(control) => (
            <TextArea
              {...control}
              data-initial-focus
              rows={3}
              maxLength={500}
              spellCheck
              value={words}
              onChange={(event) => setWords(event.target.value)}
            />
          )}
        </Field>
        <FormError error={sent.error} fields={[field]} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" look={look} disabled={isMissing} isBusy={sent.isPending}>
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

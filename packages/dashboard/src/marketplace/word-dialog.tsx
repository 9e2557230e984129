import { useState } from 'react'
import { fieldErrors } from '../api/client.ts'
import { Field, TextArea } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'

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
  const submit = () => {
    if (!isMissing) sent.mutate(words.trim())
  }
  return (
    <FormDialog
      onClose={onClose}
      title={`${verb} ${called}?`}
      description={text}
      className="max-w-md"
      submitLabel={verb}
      dismissLabel="Leave it"
      look={look}
      isDisabled={isMissing}
      sent={sent}
      fields={[field]}
      onSubmit={submit}
    >
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
    </FormDialog>
  )
}

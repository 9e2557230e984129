import { Field, TextArea } from './field.tsx'
import { Segments } from './segments.tsx'

export type PayloadKind = 'text' | 'json'
export interface Payload {
  kind: PayloadKind
  text: string
}

export const EMPTY_PAYLOAD: Payload = { kind: 'text', text: '' }

/** The value to send, or a sentence about what is wrong with the text. */
export const readPayload = ({
  kind,
  text,
}: Payload): { isValid: true; value: unknown } | { isValid: false; problem: string } => {
  if (kind === 'text') return { isValid: true, value: text === '' ? undefined : text }
  if (text.trim() === '') return { isValid: true, value: undefined }
  try {
    return { isValid: true, value: JSON.parse(text) as unknown }
  } catch (error) {
    return {
      isValid: false,
      problem: `Not JSON yet: ${error instanceof Error ? error.message : ''}`,
    }
  }
}

export const payloadOf = (value: unknown): Payload => {
  if (value === null || value === undefined) return EMPTY_PAYLOAD
  return typeof value === 'string'
    ? { kind: 'text', text: value }
    : { kind: 'json', text: JSON.stringify(value, null, 2) }
}

/** An agent's input, as plain text or as JSON. */
export const PayloadField = ({
  value,
  onChange,
  label = 'Input',
  rows = 6,
}: {
  value: Payload
  onChange: (payload: Payload) => void
  label?: string
  rows?: number
}) => {
  const read = readPayload(value)
  return (
    <div className="relative">
      <Segments
        label="Kind of input"
        value={value.kind}
        onChange={(kind) => onChange({ ...value, kind })}
        segments={[
          { value: 'text', label: 'Text' },
          { value: 'json', label: 'JSON' },
        ]}
        isSmall
        className="absolute -top-1.5 right-0"
      />
      <Field
        label={label}
        error={read.isValid ? undefined : read.problem}
        hint="The agent reads it on standard input"
      >
        {(control) => (
          <TextArea
            {...control}
            rows={rows}
            value={value.text}
            placeholder={value.kind === 'json' ? '{ "key": "value" }' : 'Any text'}
            onChange={(event) => onChange({ ...value, text: event.target.value })}
            className="font-mono text-xs"
          />
        )}
      </Field>
    </div>
  )
}

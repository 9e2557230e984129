import { Field, Select, TextInput } from '../ui/field.tsx'

/** Ranges that most choose. */
export const rangesOf = (version: string): { range: string; words: string }[] => [
  { range: `^${version}`, words: `Compatible with ${version} (^${version})` },
  { range: '*', words: 'Any newer version (*)' },
  { range: version, words: `Exactly ${version}` },
]

const OTHER = 'other'

/** Which versions updates may lead to. */
export const RangeField = ({
  version,
  value,
  error,
  onChange,
}: {
  version: string
  value: string
  error: string | undefined
  onChange: (range: string) => void
}) => {
  const common = rangesOf(version)
  const isCommon = common.some(({ range }) => range === value)
  return (
    <div className="grid gap-2">
      <Field
        label="Versions"
        error={isCommon ? error : undefined}
        hint="What updates may lead to. Nothing is updated by itself."
      >
        {(control) => (
          <Select
            {...control}
            data-initial-focus
            value={isCommon ? value : OTHER}
            onChange={({ target }) =>
              onChange(target.value === OTHER ? `>=${version}` : target.value)
            }
          >
            {common.map(({ range, words }) => (
              <option key={range} value={range}>
                {words}
              </option>
            ))}
            <option value={OTHER}>Another range</option>
          </Select>
        )}
      </Field>
      {!isCommon && (
        <Field label="Range" hint="As npm writes them" error={error}>
          {(control) => (
            <TextInput
              {...control}
              maxLength={200}
              value={value}
              onChange={(event) => onChange(event.target.value)}
              className="font-mono"
            />
          )}
        </Field>
      )}
    </div>
  )
}

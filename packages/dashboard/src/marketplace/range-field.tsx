import { Field, Select, TextField } from '../ui/field.tsx'

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
  present,
  value,
  error,
  onChange,
}: {
  version: string
  /** That holds now, of what is installed. */
  present?: string
  value: string
  error: string | undefined
  onChange: (range: string) => void
}) => {
  const usual = rangesOf(version)
  const common =
    present === undefined || usual.some(({ range }) => range === present)
      ? usual
      : [{ range: present, words: `As before (${present})` }, ...usual]
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
        <TextField
          label="Range"
          hint="As npm writes them"
          error={error}
          maxLength={200}
          value={value}
          onChange={onChange}
          isMono
        />
      )}
    </div>
  )
}

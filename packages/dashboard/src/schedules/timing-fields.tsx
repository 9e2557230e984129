import { useId } from 'react'
import { Field, Select, TextField, TextInput, type FieldControl } from '../ui/field.tsx'
import { Segments } from '../ui/segments.tsx'
import type { ScheduleDraft } from './schedule-draft.ts'
import { INTERVAL_UNITS, type IntervalUnit } from './schedule-words.ts'
import { knownZones, OWN_ZONE } from './zone-time.ts'

export interface DraftFieldsProps {
  draft: ScheduleDraft
  change: (part: Partial<ScheduleDraft>) => void
  errors: Readonly<Record<string, string>>
}

/** When it runs: by cron in a time zone, at an interval, or once. */
export const TimingFields = (props: DraftFieldsProps) => {
  const { draft, change } = props
  return (
    <div className="grid gap-3">
      <div className="flex items-center justify-between">
        <span className="text-sm font-medium">When</span>
        <Segments
          label="Kind of schedule"
          value={draft.timing}
          onChange={(timing) => change({ timing })}
          segments={[
            { value: 'cron', label: 'Cron' },
            { value: 'interval', label: 'Interval' },
            { value: 'once', label: 'Once' },
          ]}
          isSmall
        />
      </div>
      {draft.timing === 'cron' && <CronFields {...props} />}
      {draft.timing === 'interval' && <IntervalFields {...props} />}
      {draft.timing === 'once' && <OnceField {...props} />}
    </div>
  )
}

const CronFields = ({ draft, change, errors }: DraftFieldsProps) => (
  <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_14rem]">
    <TextField
      label="Cron expression"
      hint="Minute hour day month weekday"
      error={errors['cron']}
      maxLength={200}
      value={draft.cron}
      placeholder="30 8 * * 1-5"
      onChange={(cron) => change({ cron })}
      isMono
    />
    <Field label="Time zone" hint="Whose clocks it goes by" error={errors['time_zone']}>
      {(control) => <ZoneInput control={control} draft={draft} change={change} />}
    </Field>
  </div>
)

const ZoneInput = ({
  control,
  draft,
  change,
}: Pick<DraftFieldsProps, 'draft' | 'change'> & { control: FieldControl }) => {
  const listId = useId()
  return (
    <>
      <TextInput
        {...control}
        list={listId}
        maxLength={64}
        value={draft.zone}
        placeholder="Europe/Berlin"
        onChange={(event) => change({ zone: event.target.value })}
      />
      <datalist id={listId}>
        {knownZones().map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  )
}

const IntervalFields = ({ draft, change, errors }: DraftFieldsProps) => (
  <Field
    label="Every"
    hint="Counted from the creation of the schedule"
    error={errors['every_seconds']}
  >
    {(control) => (
      <div className="grid grid-cols-2 gap-2">
        <TextInput
          {...control}
          inputMode="decimal"
          value={draft.every}
          onChange={(event) => change({ every: event.target.value })}
        />
        <Select
          aria-label="Unit of the interval"
          value={draft.unit}
          onChange={(event) => change({ unit: event.target.value as IntervalUnit })}
        >
          {INTERVAL_UNITS.toReversed().map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
      </div>
    )}
  </Field>
)

const OnceField = ({ draft, change, errors }: DraftFieldsProps) => (
  <TextField
    label="At"
    hint={`As clocks show it in ${OWN_ZONE}`}
    error={errors['at']}
    type="datetime-local"
    value={draft.at}
    onChange={(at) => change({ at })}
  />
)

import { TextField } from '../ui/field.tsx'

/** What is written as a weight; nothing leaves it to the server. */
export const weightOf = (text: string): number | undefined =>
  text.trim() === '' ? undefined : Number(text)

/** What can be changed about a tenant later as well. */
export const TenantFields = ({
  displayName,
  weight,
  onDisplayName,
  onWeight,
  errors,
}: {
  displayName: string
  weight: string
  onDisplayName: (text: string) => void
  onWeight: (text: string) => void
  errors: Readonly<Record<string, string>>
}) => (
  <>
    <TextField
      label="Name for people"
      isOptional
      error={errors['display_name']}
      maxLength={200}
      value={displayName}
      onChange={onDisplayName}
    />
    <TextField
      label="Weight"
      isOptional
      hint="Its share of queues that tenants share: twice the weight, twice the work"
      error={errors['weight']}
      inputMode="numeric"
      placeholder="1"
      value={weight}
      onChange={onWeight}
    />
  </>
)

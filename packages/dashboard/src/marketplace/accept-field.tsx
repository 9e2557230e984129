/** The word without which nothing that asks for more is installed. */
export const AcceptField = ({
  isAccepted,
  onChange,
}: {
  isAccepted: boolean
  onChange: (isAccepted: boolean) => void
}) => (
  <label className="flex items-start gap-2.5 rounded-lg border border-warn/30 bg-warn-soft px-3.5 py-2.5 text-sm">
    <input
      type="checkbox"
      checked={isAccepted}
      onChange={(event) => onChange(event.target.checked)}
      className="mt-0.5 size-4 shrink-0"
    />
    <span>I have read what it asks for, and it may.</span>
  </label>
)

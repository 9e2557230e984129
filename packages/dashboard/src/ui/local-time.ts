/** An instant as `<input type="datetime-local">` shows it, in the zone of the reader. */
export const localInput = (instant: string | undefined): string => {
  if (instant === undefined) return ''
  const date = new Date(instant)
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}

/** The instant that `<input type="datetime-local">` gives; undefined while it is incomplete. */
export const instantOf = (local: string): string | undefined =>
  local === '' || Number.isNaN(Date.parse(local)) ? undefined : new Date(local).toISOString()

/** The time zone that this browser's clock shows. */
export const OWN_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone

const formats = new Map<string, Intl.DateTimeFormat>()

const formatFor = (zone: string, hasSeconds: boolean): Intl.DateTimeFormat => {
  const key = `${zone} ${hasSeconds}`
  const known = formats.get(key)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    ...(hasSeconds ? { second: '2-digit' } : {}),
  })
  formats.set(key, made)
  return made
}

/** `Mon 23 Nov, 08:30` as clocks in `zone` show it; seconds and another year only where there are any. */
export const formatInZone = (timestamp: string, zone: string, now = new Date()): string => {
  const moment = new Date(timestamp)
  const words = formatFor(zone, moment.getUTCSeconds() !== 0).format(moment)
  const year = moment.getUTCFullYear()
  return year === now.getUTCFullYear() ? words : `${words} (${year})`
}

/** What clocks in `zone` show where that differs from here; null also for zones unknown here. */
export const otherClock = (timestamp: string, zone: string): string | null => {
  if (!isKnown(zone)) return null
  const there = formatInZone(timestamp, zone)
  return there === formatInZone(timestamp, OWN_ZONE)
    ? null
    : `${there} ${zone.replaceAll('_', ' ')}`
}

const isKnown = (zone: string): boolean => {
  try {
    formatFor(zone, false)
    return true
  } catch {
    return false
  }
}

/** Zones that this browser knows, for a list to choose from. */
export const knownZones = (): readonly string[] => ['UTC', ...Intl.supportedValuesOf('timeZone')]

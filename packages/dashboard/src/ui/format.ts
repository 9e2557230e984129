/** Milliseconds for people: `0.4 ms`, `38 ms`, `1.24 s`, `3 m 05 s`, `2 h 10 m`, `4 d 3 h`. */
export const formatDuration = (durationMs: number): string => {
  if (durationMs < 1) return `${durationMs.toFixed(1)} ms`
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`
  if (durationMs < 60_000) return `${(durationMs / 1_000).toFixed(durationMs < 10_000 ? 2 : 1)} s`
  return formatLongDuration(Math.floor(durationMs / 1_000))
}

const pad = (value: number) => String(value).padStart(2, '0')

const formatLongDuration = (seconds: number): string => {
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} m ${pad(seconds % 60)} s`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h ${pad(minutes % 60)} m`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** A span in whole seconds, for clocks that tick: `now`, `12 s`, `3 m`, `2 h`, `5 d`. */
export const formatAge = (ageMs: number): string => {
  const seconds = Math.floor(ageMs / 1_000)
  if (seconds < 1) return 'now'
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** Time left on a clock that ticks: `0:07`, `4:10`, `1:02:00`. */
export const formatCountdown = (leftMs: number): string => {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000))
  const clock = `${Math.floor(seconds / 60) % 60}:${pad(seconds % 60)}`
  return seconds < 3_600
    ? clock
    : `${Math.floor(seconds / 3_600)}:${clock.length < 5 ? '0' : ''}${clock}`
}

export const formatBytes = (bytes: number): string => {
  if (bytes < 1_024) return `${bytes} B`
  if (bytes < 1_048_576) return `${(bytes / 1_024).toFixed(1)} KiB`
  return `${(bytes / 1_048_576).toFixed(1)} MiB`
}

const counts = new Intl.NumberFormat('en')
export const formatCount = (count: number): string => counts.format(count)

/** A count that need not be whole, to the tenth: `2.5`, `1,200`. */
export const formatMean = (count: number): string => formatCount(Math.round(count * 10) / 10)

/** `1 task`, `1,200 tasks`; `1 retry`, `2 retries` where the plural is given. */
export const formatNumberOf = (count: number, noun: string, plural = `${noun}s`): string =>
  `${formatCount(count)} ${count === 1 ? noun : plural}`

export const formatPercent = (fraction: number): string => {
  const percent = fraction * 100
  // Never rounds a flaw away: 99.97 % is not 100 %.
  if (percent > 99.9 && percent < 100) return '> 99.9 %'
  return `${percent.toFixed(percent % 1 === 0 ? 0 : 1)} %`
}

/** Dollars without noise: `0.002500` becomes `$0.0025`, whole amounts keep two decimals. */
export const formatMoney = (amount: string): string => {
  const [whole = '0', decimals = ''] = amount.split('.')
  return `$${counts.format(BigInt(whole))}.${decimals.replace(/0+$/, '').padEnd(2, '0')}`
}

/** The same of a number, as sums and means come. */
export const formatDollars = (dollars: number): string => formatMoney(dollars.toFixed(6))

const moments = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
export const formatMoment = (timestamp: string): string => moments.format(new Date(timestamp))

const clocks = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})
export const formatClock = (timestamp: string): string => clocks.format(new Date(timestamp))

/** The last part of an id: the random one, since version 7 ids start alike. */
export const shortId = (id: string): string => id.slice(-6)

/** `queue` becomes `Queue`, at the beginning of a sentence. */
export const capital = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1)

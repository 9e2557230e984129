const BROWSERS = [
  ['Edge', /\bEdgA?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\bFirefox\//],
  ['Chrome', /\b(?:Headless)?Chrome\//],
  ['Safari', /\bSafari\//],
] as const
const SYSTEMS = [
  ['Android', /Android/],
  ['iOS', /iPhone|iPad/],
  ['macOS', /Mac OS X/],
  ['Windows', /Windows/],
  ['Linux', /Linux/],
] as const

type Names = readonly (readonly [string, RegExp])[]
const firstIn = (names: Names, text: string) => names.find(([, sign]) => sign.test(text))?.[0]

/** `Firefox on Linux`; what is no browser is shown as it calls itself. */
export const browserWords = (userAgent: string | null): string => {
  if (userAgent === null || userAgent === '') return 'Unknown program'
  const browser = firstIn(BROWSERS, userAgent)
  const system = firstIn(SYSTEMS, userAgent)
  if (browser === undefined) return userAgent
  return system === undefined ? browser : `${browser} on ${system}`
}

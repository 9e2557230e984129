export interface JsonShapeLimits {
  depthMax: number
  /** Members and elements, however nested. */
  valuesMax: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * Which limit a JSON text exceeds, if any. Counts without parsing, so that no recursion ever
 * meets a deep text and no parser a text of a million keys. Says nothing of malformed text.
 */
export const excessOf = (text: string, limits: JsonShapeLimits): keyof JsonShapeLimits | null => {
  let depth = 0
  let values = 1
  let isInString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (isInString) {
      if (code === BACKSLASH) index++
      else if (code === QUOTE) isInString = false
    } else if (code === QUOTE) isInString = true
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      if (++depth > limits.depthMax) return 'depthMax'
      if (++values > limits.valuesMax) return 'valuesMax'
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth--
    else if (code === COMMA && ++values > limits.valuesMax) return 'valuesMax'
  }
  return null
}

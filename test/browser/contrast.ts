import type { Page } from 'playwright-core'

/**
 * Texts on the page whose contrast with what lies behind them is below WCAG 2.2 AA
 * (success criterion 1.4.3: 4.5, or 3 for large text), each with its ratio.
 */
export const lowContrast = (page: Page): Promise<string[]> => page.evaluate(findLowContrast)

/** Runs in the page. */
const findLowContrast = (): string[] => {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  type Colour = readonly [number, number, number, number]

  /** Any CSS colour as red, green, blue and opacity, each 0 to 1. */
  const parse = (css: string): Colour => {
    if (pen === null) throw new Error('No canvas to measure colours with')
    pen.clearRect(0, 0, 1, 1)
    pen.fillStyle = css
    pen.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0, opacity = 0] = pen.getImageData(0, 0, 1, 1).data
    return [red / 255, green / 255, blue / 255, opacity / 255]
  }
  const over = (top: Colour, below: Colour): Colour => {
    const mix = (index: 0 | 1 | 2) => top[index] * top[3] + below[index] * (1 - top[3])
    return [mix(0), mix(1), mix(2), 1]
  }
  const backgroundOf = (element: Element | null): Colour => {
    if (element === null) return [1, 1, 1, 1]
    const colour = parse(getComputedStyle(element).backgroundColor)
    return colour[3] === 1 ? colour : over(colour, backgroundOf(element.parentElement))
  }
  const linear = (value: number) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  const luminance = ([red, green, blue]: Colour) =>
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  const ratioOf = (a: Colour, b: Colour) => {
    const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
    return (light + 0.05) / (dark + 0.05)
  }
  const isExempt = (element: Element) =>
    element.closest(':disabled, [aria-disabled="true"], [aria-hidden="true"]') !== null ||
    !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })

  const low = new Set<string>()
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement
    const text = texts.currentNode.textContent?.trim() ?? ''
    if (element === null || text === '' || isExempt(element)) continue
    const style = getComputedStyle(element)
    const background = backgroundOf(element)
    const ratio = ratioOf(over(parse(style.color), background), background)
    const sizePx = Number.parseFloat(style.fontSize)
    const isLarge = sizePx >= 24 || (sizePx >= 18.66 && Number(style.fontWeight) >= 700)
    if (ratio < (isLarge ? 3 : 4.5)) low.add(`${ratio.toFixed(2)} "${text.slice(0, 40)}"`)
  }
  return [...low]
}

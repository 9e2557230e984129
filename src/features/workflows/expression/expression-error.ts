/** An expression that cannot be read, or fails on the values that it met. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
  /** Source text; empty until the expression at fault is known. */
  readonly expression: string
  readonly reason: string
  /** Where in the expression, in UTF-16 units; null when it is not known. */
  readonly offset: number | null
  /** It was stopped: it took too long or gave too much, on any values of this size. */
  readonly isLimit: boolean

  constructor(
    reason: string,
    options: { expression?: string; offset?: number | null; isLimit?: boolean } = {},
  ) {
    const { expression = '', offset = null, isLimit = false } = options
    super(expression === '' ? reason : `\`${shortened(expression)}\`: ${reason}`)
    this.expression = expression
    this.reason = reason
    this.offset = offset
    this.isLimit = isLimit
  }

  in(expression: string): ExpressionError {
    const { reason, offset, isLimit } = this
    return new ExpressionError(reason, { expression, offset, isLimit })
  }
}

const SHOWN_MAX = 200
const shortened = (text: string): string =>
  text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text

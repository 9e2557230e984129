import { attempt, isVariable, truth, type Frame, type Run, type Scope } from './compilation.ts'
import { ExpressionError } from './expression-error.ts'
import { COMPREHENSIONS_NESTED_MAX } from './limits.ts'
import { spend, type Meter } from './meter.ts'
import type { Node } from './parse-expression.ts'
import { isList, isMap, kindOf, withArticle } from './values.ts'

/** The scope within a macro, with one more variable. */
const within = (node: Node, variable: Node | undefined, scope: Scope) => {
  if (variable?.op !== 'id')
    throw new ExpressionError('the first argument names a variable, as in list.map(x, x + 1)', {
      offset: node.start,
    })
  if (isVariable(variable.args))
    throw new ExpressionError(`\`${variable.args}\` has a meaning already; use another name`, {
      offset: variable.start,
    })
  const slot = scope.slotsUsed
  const slots = new Map(scope.slots).set(variable.args, slot)
  return { slot, inner: { ...scope, slots, slotsUsed: slot + 1, depth: scope.depth + 1 } }
}

export const compileBind = (node: Node, args: readonly Node[], scope: Scope): Run => {
  const [variable, value, body] = args
  if (value === undefined || body === undefined || args.length > 3)
    throw new ExpressionError('cel.bind() takes a variable, its value and an expression', {
      offset: node.start,
    })
  const bound = scope.compile(value, scope)
  const { slot, inner } = within(node, variable, { ...scope, depth: scope.depth - 1 })
  const run = scope.compile(body, inner)
  return (frame) => {
    frame.locals[slot] = bound(frame)
    return run(frame)
  }
}

type Macro = (node: Node, list: Run, args: readonly Node[], scope: Scope) => Run

interface Loop {
  elements(frame: Frame): readonly unknown[]
  bodies: Run[]
  set(frame: Frame, element: unknown): void
}

const compileLoop = (
  node: Node,
  list: Run,
  args: readonly Node[],
  scope: Scope,
  bodies: number,
): Loop => {
  if (scope.depth >= COMPREHENSIONS_NESTED_MAX)
    throw new ExpressionError(
      `goes through more than ${COMPREHENSIONS_NESTED_MAX} lists within each other`,
      { offset: node.start, isLimit: true },
    )
  if (args.length !== bodies + 1)
    throw new ExpressionError(
      `${String(node.op === 'rcall' ? node.args[0] : '')}() takes a variable and ${bodies === 1 ? 'an expression' : `${bodies} expressions`}`,
      { offset: node.start },
    )
  const { slot, inner } = within(node, args[0], scope)
  return {
    bodies: args.slice(1).map((body) => scope.compile(body, inner)),
    elements: (frame) => elementsOf(frame.meter, list(frame)),
    set: (frame, element) => {
      frame.locals[slot] = element
    },
  }
}

const elementsOf = (meter: Meter, value: unknown): readonly unknown[] => {
  if (isList(value)) return value
  if (isMap(value)) {
    const keys = Object.keys(value)
    spend(meter, keys.length)
    return keys
  }
  throw new ExpressionError(`${withArticle(kindOf(value))} has no elements to go through`)
}

/** `all` and `exists`: one element decides, and then errors on others do not matter. */
const quantifier =
  (decisive: boolean): Macro =>
  (node, list, args, scope) => {
    const { bodies, elements, set } = compileLoop(node, list, args, scope, 1)
    const [body] = bodies
    return (frame) => {
      let fault: ExpressionError | null = null
      for (const element of elements(frame)) {
        set(frame, element)
        const found = attempt(() => truth('the condition', body?.(frame)))
        if (found === decisive) return decisive
        if (found instanceof ExpressionError) fault ??= found
      }
      if (fault !== null) throw fault
      return !decisive
    }
  }

const existsOne: Macro = (node, list, args, scope) => {
  const { bodies, elements, set } = compileLoop(node, list, args, scope, 1)
  const [body] = bodies
  return (frame) => {
    let count = 0
    for (const element of elements(frame)) {
      set(frame, element)
      if (truth('the condition', body?.(frame))) count += 1
    }
    return count === 1
  }
}

const filter: Macro = (node, list, args, scope) => {
  const { bodies, elements, set } = compileLoop(node, list, args, scope, 1)
  const [body] = bodies
  return (frame) => {
    const kept: unknown[] = []
    for (const element of elements(frame)) {
      set(frame, element)
      if (truth('the condition', body?.(frame))) kept.push(element)
    }
    return kept
  }
}

const map: Macro = (node, list, args, scope) => {
  const isFiltered = args.length === 3
  const { bodies, elements, set } = compileLoop(node, list, args, scope, isFiltered ? 2 : 1)
  const transform = bodies.at(-1)
  const [condition] = bodies
  return (frame) => {
    const made: unknown[] = []
    for (const element of elements(frame)) {
      set(frame, element)
      if (isFiltered && !truth('the condition', condition?.(frame))) continue
      made.push(transform?.(frame))
    }
    return made
  }
}

export const MACROS: ReadonlyMap<string, Macro> = new Map([
  ['all', quantifier(false)],
  ['exists', quantifier(true)],
  ['exists_one', existsOne],
  ['filter', filter],
  ['map', map],
])

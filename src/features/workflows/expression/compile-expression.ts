import type { ExpressionContext, StepOutcome } from '../compiled-workflow.ts'
import { checkPattern } from './patterns.ts'
import { ExpressionError } from './expression-error.ts'
import { compileBind, MACROS } from './compile-macros.ts'
import {
  attempt,
  isVariable,
  truth,
  VARIABLES,
  type Run,
  type Scope,
  type Variable,
} from './compilation.ts'
import { FUNCTIONS, METHODS, OPTIONAL_FUNCTIONS } from './functions.ts'
import { spend, type Meter } from './meter.ts'
import { OPERATORS } from './operators.ts'
import { parseExpression, type Node } from './parse-expression.ts'
import {
  isList,
  keyText,
  kindOf,
  lookUp,
  missing,
  Optional,
  setField,
  withArticle,
} from './values.ts'
import { suggestion } from '@cadre/contract/source'

export interface CompiledExpression {
  text: string
  /** The value, in the language's own kinds. Throws `ExpressionError`. */
  evaluate(context: ExpressionContext, meter: Meter): unknown
  /** Variables that it reads, and where it does so first. */
  variables: ReadonlyMap<Variable, number>
  /** Steps whose outcome it reads, and where it does so first. */
  steps: ReadonlyMap<string, number>
}

/** @throws ExpressionError for what cannot be read, or reads what is not there */
export const compileExpression = (text: string): CompiledExpression => {
  try {
    const found = { variables: new Map<Variable, number>(), steps: new Map<string, number>() }
    const run = compile(parseExpression(text), {
      slots: new Map(),
      slotsUsed: 0,
      depth: 0,
      found,
      compile,
    })
    return {
      text,
      variables: found.variables,
      steps: found.steps,
      evaluate: (context, meter) => {
        try {
          return run({ context, meter, locals: [] })
        } catch (error) {
          throw error instanceof ExpressionError ? error.in(text) : error
        }
      },
    }
  } catch (error) {
    if (error instanceof ExpressionError) throw error.in(text)
    if (error instanceof RangeError)
      throw new ExpressionError('is nested too deep', { expression: text, isLimit: true })
    throw error
  }
}

/** A node as a function; each call spends a step, so nothing runs unbounded. */
const compile = (node: Node, scope: Scope): Run => {
  const run = compileNode(node, scope)
  return (frame) => {
    spend(frame.meter, 1)
    return run(frame)
  }
}

const compileNode = (node: Node, scope: Scope): Run => {
  switch (node.op) {
    case 'value':
      return constant(literalOf(node.args, node))
    case 'id':
      return compileName(node.args, node, scope)
    case '.':
      return compileAccess(node, node.args[0], node.args[1], scope)
    case '[]':
      return compileAccess(node, node.args[0], node.args[1], scope)
    case '.?':
      return compileOptionalAccess(node.args[0], constant(node.args[1]), scope)
    case '[?]':
      return compileOptionalAccess(node.args[0], compile(node.args[1], scope), scope)
    case 'call':
      return compileCall(node, node.args[0], node.args[1], scope)
    case 'rcall':
      return compileMethod(node, node.args, scope)
    case 'list': {
      const elements = node.args.map((element) => compile(element, scope))
      return (frame) => elements.map((element) => element(frame))
    }
    case 'map': {
      const entries = node.args.map(
        ([key, value]) => [compile(key, scope), compile(value, scope)] as const,
      )
      return (frame) => {
        const map: Record<string, unknown> = {}
        for (const [key, value] of entries) setField(map, keyText(key(frame)), value(frame))
        return map
      }
    }
    case '?:': {
      const [condition, yes, no] = node.args
      const test = compile(condition, scope)
      const consequent = compile(yes, scope)
      const alternative = compile(no, scope)
      return (frame) => (truth('a condition', test(frame)) ? consequent(frame) : alternative(frame))
    }
    case '&&':
    case '||':
      return compileLogical(node.op === '||', node.args, scope)
    case '!_': {
      const operand = compile(node.args, scope)
      return (frame) => !truth('`!`', operand(frame))
    }
    case '-_': {
      const operand = compile(node.args, scope)
      return (frame) => negated(operand(frame))
    }
    default:
      return compileBinary(node, scope)
  }
}

const constant =
  (value: unknown): Run =>
  () =>
    value

const literalOf = (value: unknown, node: Node): unknown => {
  if (typeof value === 'bigint') {
    const number = Number(value)
    if (Number.isSafeInteger(number)) return number
    throw new ExpressionError(`${value} is too large for a number of JSON`, { offset: node.start })
  }
  if (typeof value === 'object' && value !== null)
    throw new ExpressionError('bytes and unsigned numbers have no place in JSON', {
      offset: node.start,
    })
  return value
}

const compileName = (name: string, node: Node, { slots, found }: Scope): Run => {
  const slot = slots.get(name)
  if (slot !== undefined) return ({ locals }) => locals[slot]
  if (!isVariable(name))
    throw new ExpressionError(`there is no variable \`${name}\`${suggestion(name, VARIABLES)}`, {
      offset: node.start,
    })
  if (name === 'steps')
    throw new ExpressionError('write the step that is meant, as in `steps.reserve.result`', {
      offset: node.start,
    })
  if (!found.variables.has(name)) found.variables.set(name, node.start)
  return ({ context }) => {
    const value = context[name]
    if (value === undefined && !(name in context))
      throw new ExpressionError(`\`${name}\` means nothing here`)
    return value ?? null
  }
}

/** `steps.NAME` and `steps["NAME"]`; null for everything else. */
const stepNamed = (left: Node, key: string | Node, scope: Scope): string | null => {
  if (left.op !== 'id' || left.args !== 'steps' || scope.slots.has('steps')) return null
  if (typeof key === 'string') return key
  if (key.op === 'value' && typeof key.args === 'string') return key.args
  throw new ExpressionError('the name of a step must be written out, as in `steps.reserve`', {
    offset: key.start,
  })
}

const compileStep = (name: string, node: Node, { found }: Scope): Run => {
  if (!found.steps.has(name)) found.steps.set(name, node.start)
  return ({ context }) => {
    const outcome: StepOutcome | undefined = Object.hasOwn(context.steps, name)
      ? context.steps[name]
      : undefined
    if (outcome === undefined) throw new ExpressionError(`the step \`${name}\` has no outcome here`)
    return outcome
  }
}

const compileAccess = (node: Node, left: Node, key: string | Node, scope: Scope): Run => {
  const step = stepNamed(left, key, scope)
  if (step !== null) return compileStep(step, left, scope)
  const container = compile(left, scope)
  const keyOf = typeof key === 'string' ? constant(key) : compile(key, scope)
  return (frame) => {
    const value = container(frame)
    const wanted = keyOf(frame)
    if (value instanceof Optional) return optionalField(value, wanted)
    const found = lookUp(value, wanted)
    if (found === undefined) throw missing(value, wanted)
    return found
  }
}

const compileOptionalAccess = (left: Node, keyOf: Run, scope: Scope): Run => {
  const container = compile(left, scope)
  return (frame) => {
    const value = container(frame)
    return optionalField(value instanceof Optional ? value : Optional.of(value), keyOf(frame))
  }
}

const optionalField = ({ isPresent, value }: Optional, key: unknown): Optional => {
  if (!isPresent || value === null) return Optional.none
  const found = lookUp(value, key)
  return found === undefined ? Optional.none : Optional.of(found)
}

const compileBinary = (node: Node, scope: Scope): Run => {
  const operator = OPERATORS.get(node.op)
  if (operator === undefined || !isList(node.args))
    throw new ExpressionError(`\`${node.op}\` is not part of the language`, { offset: node.start })
  const [leftNode, rightNode] = node.args as readonly [Node, Node]
  const left = compile(leftNode, scope)
  const right = compile(rightNode, scope)
  return (frame) => operator(frame.meter, left(frame), right(frame))
}

/** Either side may decide: `false && error` is false, `error || true` is true (CEL, logical operators). */
const compileLogical = (
  decisive: boolean,
  [leftNode, rightNode]: readonly [Node, Node],
  scope: Scope,
): Run => {
  const name = decisive ? '`||`' : '`&&`'
  const left = compile(leftNode, scope)
  const right = compile(rightNode, scope)
  return (frame) => {
    const first = attempt(() => truth(name, left(frame)))
    if (first === decisive) return decisive
    const second = truth(name, right(frame))
    if (second === decisive || !(first instanceof ExpressionError)) return second
    throw first
  }
}

const negated = (value: unknown): number => {
  if (typeof value === 'number') return -value
  throw new ExpressionError(`\`-\` takes a number, not ${withArticle(kindOf(value))}`)
}

const compileCall = (node: Node, name: string, args: readonly Node[], scope: Scope): Run => {
  if (name === 'has') return compileHas(node, args, scope)
  const callable = FUNCTIONS.get(name)
  if (callable === undefined)
    throw new ExpressionError(
      `there is no function \`${name}\`${suggestion(name, ['has', ...FUNCTIONS.keys()])}`,
      { offset: node.start },
    )
  const values = compileArguments(node, name, callable, args, scope)
  return (frame) =>
    callable.call(
      frame.meter,
      values.map((value) => value(frame)),
    )
}

const compileArguments = (
  node: Node,
  name: string,
  { argumentsMin, argumentsMax }: { argumentsMin: number; argumentsMax: number },
  args: readonly Node[],
  scope: Scope,
): Run[] => {
  if (args.length >= argumentsMin && args.length <= argumentsMax)
    return args.map((argument) => compile(argument, scope))
  const counts =
    argumentsMin === argumentsMax ? String(argumentsMin) : `${argumentsMin} or ${argumentsMax}`
  throw new ExpressionError(`${name}() takes ${counts} arguments, not ${args.length}`, {
    offset: node.start,
  })
}

/** `has(a.b)`: whether the field is there. What leads to it must be. */
const compileHas = (node: Node, [argument, ...more]: readonly Node[], scope: Scope): Run => {
  if (argument === undefined || more.length > 0 || argument.op !== '.')
    throw new ExpressionError('has() takes one field, as in has(trigger.note)', {
      offset: node.start,
    })
  const [left, key] = argument.args
  const step = stepNamed(left, key, scope)
  if (step !== null) {
    compileStep(step, left, scope)
    return ({ context }) => Object.hasOwn(context.steps, step)
  }
  const container = compile(left, scope)
  return (frame) => {
    const value = container(frame)
    if (value instanceof Optional) return optionalField(value, key).isPresent
    return lookUp(value, key) !== undefined
  }
}

const compileMethod = (
  node: Node,
  [name, receiver, args]: readonly [string, Node, readonly Node[]],
  scope: Scope,
): Run => {
  const namespace = receiver.op === 'id' && !scope.slots.has(receiver.args) ? receiver.args : null
  if (namespace === 'cel' && name === 'bind') return compileBind(node, args, scope)
  const inNamespace = namespace === 'optional' ? OPTIONAL_FUNCTIONS.get(name) : undefined
  if (inNamespace !== undefined) {
    const values = compileArguments(node, name, inNamespace, args, scope)
    return (frame) =>
      inNamespace.call(
        frame.meter,
        values.map((value) => value(frame)),
      )
  }
  const macro = MACROS.get(name)
  if (macro !== undefined) return macro(node, compile(receiver, scope), args, scope)
  const callable = METHODS.get(name)
  if (callable === undefined)
    throw new ExpressionError(
      `there is no method \`${name}\`${suggestion(name, [...METHODS.keys(), ...MACROS.keys()])}`,
      { offset: node.start },
    )
  if (name === 'matches') checkLiteralPattern(args[0])
  const values = [compile(receiver, scope), ...compileArguments(node, name, callable, args, scope)]
  return (frame) =>
    callable.call(
      frame.meter,
      values.map((value) => value(frame)),
    )
}

/** A pattern that is written out can be judged before it meets a text. */
const checkLiteralPattern = (pattern: Node | undefined): void => {
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return
  try {
    checkPattern(pattern.args)
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    throw new ExpressionError(error.reason, { offset: pattern.start })
  }
}

import { statementChannel, type IssuedStatement } from '#platform/db/statement-channel.ts'
import { currentCaller } from '#platform/web/caller.ts'

/** What a request issued as the platform, by the function of a store that it stands in. */
export interface PlatformStatement {
  /** Such as `tasks/task-store.ts claimDue`. */
  place: string
  route: string
}

/** Gathers what requests issue as the platform rather than as their tenant, until `stop`. */
export const watchPlatformStatements = () => {
  const found = new Map<string, PlatformStatement>()
  const traceLimit = Error.stackTraceLimit
  Error.stackTraceLimit = 60
  const onStatement = (message: unknown) => {
    const { tenantId } = message as IssuedStatement
    const caller = currentCaller()
    if (tenantId !== null || caller === null) return
    const place = placeOf(plainStack())
    found.set(`${caller.route} ${place}`, { place, route: caller.route })
  }
  statementChannel.subscribe(onStatement)
  return {
    found: (): PlatformStatement[] => [...found.values()],
    stop: () => {
      statementChannel.unsubscribe(onStatement)
      Error.stackTraceLimit = traceLimit
    },
  }
}

/** The stack as the engine writes it; mapping its lines to their sources takes long. */
const plainStack = (): string => {
  const { prepareStackTrace } = Error
  try {
    Reflect.set(Error, 'prepareStackTrace', undefined)
    return new Error().stack ?? ''
  } finally {
    Reflect.set(Error, 'prepareStackTrace', prepareStackTrace)
  }
}

const FRAME = /at (?:async )?(?:(\S+) \()?\/.*\/src\/(?:features\/|platform\/|http\/)?([\w/-]+\.ts)/

/** The innermost function of a store, or else of anything outside the database port. */
const placeOf = (stack: string): string => {
  const frames = stack.split('\n').flatMap((line) => {
    const [, name = 'transaction', file] = FRAME.exec(line) ?? []
    return file === undefined || isPort(file) ? [] : [{ name, file }]
  })
  const frame = frames.find(({ file }) => file.endsWith('-store.ts')) ?? frames[0]
  return frame === undefined ? stack : `${frame.file} ${frame.name}`
}

const isPort = (file: string): boolean => file.startsWith('db/') && !file.endsWith('-store.ts')

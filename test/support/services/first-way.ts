export interface Provided {
  url: string
  /** How it came about, for people. */
  how: string
  stop(): Promise<void>
}

export interface Service<Given extends Provided> {
  name: string
  /** The environment variable that names one. */
  variable: string
  /** Where one stands that people keep running for tests, with the test credentials. */
  defaultUrl: string
  /** Null when a fit server answers, otherwise the reason. */
  whyUnreachable: (url: string) => Promise<string | null>
  existing: (url: string, how: string) => Given
  /** Tried in this order when there is none yet. */
  ways: readonly (() => Promise<Given>)[]
}

/**
 * A service, by the first way that works: the address in the environment, a server on the default
 * port that knows the test credentials, then the others. Says in one line which one it was.
 * @throws Error with every reason when there is none
 */
export const provideByFirstWay = async <Given extends Provided>(
  service: Service<Given>,
): Promise<Given> => {
  const provided = await firstWay(service)
  process.stderr.write(`${service.name}: ${provided.how}\n`)
  return provided
}

const firstWay = async <Given extends Provided>(service: Service<Given>): Promise<Given> => {
  const { name, variable, defaultUrl, whyUnreachable, existing } = service
  const named = process.env[variable]
  if (named !== undefined) {
    const reason = await whyUnreachable(named)
    if (reason !== null) throw new Error(`${name}: ${variable} does not answer: ${reason}`)
    return existing(named, `the one that ${variable} names`)
  }
  const { port } = new URL(defaultUrl)
  const absence = await whyUnreachable(defaultUrl)
  if (absence === null) return existing(defaultUrl, `the server on port ${port}`)
  const reasons = [`port ${port}: ${absence}`]
  for (const way of service.ways) {
    try {
      return await way()
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new Error(`No ${name} could be had. ${reasons.join('; ')}`)
}

import { request } from 'node:http'

/** Follows `/events`, calling back with each event's type, subject and arrival time. */
export const followEvents = async (
  options: { url: string; key: string; path?: string },
  onEvent: (event: { type: string; data: string }) => void,
): Promise<() => void> =>
  new Promise((resolve, reject) => {
    const call = request(
      `${options.url}/api/v1${options.path ?? '/events'}`,
      { headers: { authorization: `Bearer ${options.key}` } },
      (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`events: ${answer.statusCode}`))
        let rest = ''
        let isOpen = false
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => {
          if (!isOpen) {
            isOpen = true
            resolve(() => call.destroy())
          }
          const blocks = (rest + chunk).split('\n\n')
          rest = blocks.pop() ?? ''
          for (const block of blocks) {
            const type = /^event: ?(.*)$/m.exec(block)?.[1]
            const data = /^data: ?(.*)$/m.exec(block)?.[1]
            if (type !== undefined && data !== undefined) onEvent({ type, data })
          }
        })
        answer.on('error', () => {})
      },
    )
    call.on('error', reject)
    call.end()
  })

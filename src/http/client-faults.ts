import type { ErrorBody } from '@cadre/contract'
import { STATUS_CODES, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Ids } from '#platform/ids.ts'

interface Refusal {
  status: number
  code: string
  message: string
}

const MALFORMED: Refusal = {
  status: 400,
  code: 'request.malformed',
  message: 'This is not a well-formed HTTP request.',
}
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'request.headers_too_large',
    message: 'The address and headers of the request are larger than the allowed 16 KiB.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request.too_slow',
    message: 'The request did not arrive in time.',
  },
}

/** Answers what never became a request in the one shape of errors, and ends its connection. */
export const answerClientFaults = (server: Server, ids: Ids): void => {
  const answering = new WeakMap<Duplex, ServerResponse>()
  server.on('request', (request, response) => answering.set(request.socket, response))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const present = answering.get(socket)
    const isMidAnswer = present !== undefined && present.headersSent && !present.writableEnded
    if (!socket.writable || error.code === 'ECONNRESET' || isMidAnswer) {
      socket.destroy()
      return
    }
    // The last answer was given: what came after it gets none.
    if (present !== undefined && present.writableEnded && !present.shouldKeepAlive) {
      socket.end()
      return
    }
    socket.end(written(REFUSALS[error.code ?? ''] ?? MALFORMED, ids.uuid()))
  })
}

const written = ({ status, code, message }: Refusal, requestId: string): string => {
  const body: ErrorBody = { error: { code, message, request_id: requestId } }
  const text = JSON.stringify(body)
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
    '',
    text,
  ].join('\r\n')
}

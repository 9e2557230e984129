import { createServer } from 'node:http'
import amqp from 'amqplib'
import { QUEUE } from './bare-queue.mjs'

// bare-server.mjs AMQP-URL: tells its parent its port when it takes jobs.

const connection = await amqp.connect(process.argv[2])
const channel = await connection.createConfirmChannel()
await channel.assertQueue(QUEUE, { durable: true })

const publish = (job) =>
  new Promise((resolve, reject) => {
    channel.sendToQueue(QUEUE, Buffer.from(`${job}`), { persistent: true }, (error) =>
      error ? reject(error) : resolve(),
    )
  })

const server = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  await Promise.all(JSON.parse(Buffer.concat(chunks).toString()).map(publish))
  response.writeHead(201, { 'content-type': 'application/json' }).end('{}')
})
server.listen(0, '127.0.0.1', () => process.send(server.address().port))

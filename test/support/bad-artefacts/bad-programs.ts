import type { PublishItem } from '@cadre/contract'
import * as sample from '../../../src/executors/wasm/testing/sample-programs.ts'
import { command, wat } from '../../../src/executors/wasm/testing/wat.ts'
import { name, program } from './module-bytes.ts'

/** Taken when it is uploaded, and turned away by admission; its finding says this. */
export interface BadProgram {
  title: string
  bytes: Uint8Array
  fields?: Partial<PublishItem>
  check: 'examples' | 'secrets' | 'artefact'
  says: string
}

const EXAMPLE = { title: 'One', input: 'x' }

const failing = (title: string, bytes: Uint8Array, says: string): BadProgram => ({
  title,
  bytes,
  fields: { examples: [EXAMPLE] },
  check: 'examples',
  says: `The example "One" ${says}`,
})

const FAILING: BadProgram[] = [
  failing('aborts at once', command('unreachable'), 'ended by trap: The program trapped'),
  failing(
    'divides by nothing',
    command('(drop (i32.div_u (i32.const 1) (i32.const 0)))'),
    'ended by trap',
  ),
  failing(
    'reads beyond its memory',
    command('(drop (i32.load (i32.const 99999999)))'),
    'ended by trap',
  ),
  failing(
    'begins with data beyond its memory',
    wat(`(module (memory (export "memory") 1) (data (i32.const 65535) "two")
      (func (export "_start")))`),
    'ended by trap',
  ),
  failing('never ends', sample.ENDLESS, 'ended by timeout: The program ran longer than 1000 ms.'),
  failing('waits for an hour', sample.SLEEPER, 'ended by'),
  failing('asks again and again whether it may read', sample.POLL_FLOOD, 'ended by'),
  failing('eats memory until there is none', sample.MEMORY_HOG, 'ended by out_of_memory'),
  failing(
    'calls itself without end',
    sample.DEEP_RECURSION,
    'ended by trap: The program trapped: stack',
  ),
  failing('throws without end', sample.EXCEPTION_HOG, 'ended by'),
  failing('writes without end', sample.OUTPUT_FLOOD, 'ended by output_limit'),
  failing('writes without end, whatever is thrown', sample.CATCHING_FLOOD, 'ended by output_limit'),
  failing(
    'asks for chance without end',
    sample.RANDOM_FLOOD,
    'ended by trap: The program asked for more than',
  ),
  failing('says that it failed', sample.exiting(7), 'ended with exit code 7: oops'),
  {
    title: 'answers something else than it is said to',
    bytes: sample.ECHO,
    fields: { examples: [{ ...EXAMPLE, output: 'y' }] },
    check: 'examples',
    says: 'answers something else than it is said to.',
  },
  {
    title: 'answers what its schema does not allow',
    bytes: sample.ECHO,
    fields: { examples: [{ title: 'One', input: { a: 'text' } }], output_schema: NUMBER_IN_A() },
    check: 'examples',
    says: 'answers something that its output_schema does not allow: output.a: must be number.',
  },
  {
    title: 'answers with text where its schema wants an object',
    bytes: sample.exiting(0),
    fields: { examples: [EXAMPLE], output_schema: NUMBER_IN_A() },
    check: 'examples',
    says: 'answers something that its output_schema does not allow: output: must be object.',
  },
]

function NUMBER_IN_A() {
  return { type: 'object', properties: { a: { type: 'number' } } }
}

const KEY_BODY = 'MIIEpAIBAAKCAQEA'.repeat(4)
/** Made up; put together here, so that no scanner of sources takes them for real. */
const SECRETS = {
  aws: `AKIA${'Q2W3E4R5'.repeat(2)}`,
  github: `ghp_${'a1B2'.repeat(9)}`,
  gitlab: `glpat-${'a1B2'.repeat(6)}`,
  slack: `xoxb-${'1234567890-'.repeat(3)}`,
  stripe: `sk_live_${'a1B2'.repeat(6)}`,
  google: `AIza${'a1B2c'.repeat(7)}`,
  openai: `sk-proj-${'a1B2'.repeat(10)}`,
  npm: `npm_${'a1B2'.repeat(9)}`,
  jwt: `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(20)}`,
  pem: `-----BEGIN RSA PRIVATE KEY-----\n${KEY_BODY}`,
  address: 'postgres://app:correct-horse@db.shop.com/orders',
}

/** A sound program with a text among its data. */
const withData = (text: string | Uint8Array): Uint8Array => {
  const bytes = [...Buffer.from(text)]
  return program({ data: [1, 0, 0x41, 0, 0x0b, ...lengthOf(bytes), ...bytes] })
}
const lengthOf = ({ length }: readonly number[]): number[] =>
  length < 128 ? [length] : [(length % 128) + 128, Math.floor(length / 128)]

const leaking = (title: string, bytes: Uint8Array, says: string): BadProgram => ({
  title,
  bytes,
  check: 'secrets',
  says: `There seems to be ${says}. Revoke it, and publish a new version without it.`,
})
const telling = (title: string, fields: Partial<PublishItem>, says: string): BadProgram => ({
  ...leaking(title, sample.ECHO, says),
  fields,
})

const LEAKING: BadProgram[] = [
  leaking('a key of AWS in its data', withData(SECRETS.aws), 'an access key of AWS in the binary'),
  leaking(
    'a token of GitHub in its data',
    withData(`"${SECRETS.github}"`),
    'a token of GitHub in the binary',
  ),
  leaking(
    'a token of Slack in its data',
    withData(SECRETS.slack),
    'a token of Slack in the binary',
  ),
  leaking('a private key in its data', withData(SECRETS.pem), 'a private key in the binary'),
  leaking(
    'an address with a password in its data',
    withData(SECRETS.address),
    'a password in an address in the binary',
  ),
  leaking(
    'a key of Stripe in UTF-16, as AssemblyScript keeps text',
    withData(Buffer.from(SECRETS.stripe, 'utf16le')),
    'a key of Stripe in the binary',
  ),
  leaking(
    'a token of npm in a custom section',
    program({ custom: [...name('build'), ...Buffer.from(` ${SECRETS.npm} `)] }),
    'a token of npm in the binary',
  ),
  leaking(
    'a web token in the name of an export',
    wat(`(module (memory (export "memory") 1) (func (export "_start"))
      (func (export "${SECRETS.jwt}")))`),
    'a JSON Web Token in the binary',
  ),
  telling(
    'a token of GitLab in its README',
    { readme: `Use ${SECRETS.gitlab}.` },
    'a token of GitLab in readme',
  ),
  telling(
    'a key of Google in its description',
    { description: SECRETS.google },
    'a key of Google in description',
  ),
  telling(
    'a private key in its changelog',
    { changelog: SECRETS.pem },
    'a private key in changelog',
  ),
  telling(
    'a key of OpenAI in an example',
    { examples: [{ title: 'One', input: { key: SECRETS.openai } }] },
    'a key of OpenAI or Anthropic in examples',
  ),
  telling(
    'a private key in an answer',
    { examples: [{ title: 'One', input: 'x', output: { pem: SECRETS.pem } }] },
    'a private key in examples',
  ),
  telling(
    'a key of AWS in a schema',
    { input_schema: { type: 'string', default: SECRETS.aws } },
    'an access key of AWS in input_schema',
  ),
]

export const BAD_PROGRAMS: readonly BadProgram[] = [...FAILING, ...LEAKING]

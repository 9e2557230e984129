import { png, pngChunk } from '../png.ts'

/** Refused when it is offered: this status and code, this field, and a message that says this. */
export interface BadPublication {
  title: string
  fields: Record<string, unknown>
  status: number
  code: string
  field: string
  says: string
}

const invalid = (
  field: string,
  title: string,
  value: unknown,
  { says, of = field.split(/[.[]/)[0] ?? field }: { says: string; of?: string },
): BadPublication => ({
  title: `${field}: ${title}`,
  fields: { [of]: value },
  status: 422,
  code: 'request.invalid',
  field,
  says,
})

const SCHEMAS = [
  invalid(
    'input_schema.$ref',
    'a schema of another site',
    { $ref: 'https://example.com/s.json' },
    { says: 'leads nowhere' },
  ),
  invalid(
    'input_schema.$ref',
    'a file of the server',
    { $ref: 'file:///etc/passwd' },
    { says: 'leads nowhere' },
  ),
  invalid(
    'output_schema.$ref',
    'what is not there',
    { $ref: '#/$defs/none' },
    { says: 'leads nowhere' },
  ),
  invalid(
    'input_schema.type',
    'a type that is none',
    { type: 'nothing' },
    { says: 'no JSON Schema' },
  ),
  invalid(
    'input_schema.pattern',
    'a back reference, which never ends on some texts',
    { pattern: '^(a+)+\\1$' },
    { says: 'this is no pattern' },
  ),
  invalid(
    'input_schema.pattern',
    'a look ahead',
    { pattern: '^(?=(a+))\\1+$' },
    { says: 'this is no pattern' },
  ),
  invalid('input_schema.pattern', 'no pattern', { pattern: '(' }, { says: 'this is no pattern' }),
  invalid('input_schema', 'one that refers to itself', { $ref: '#' }, { says: 'without end' }),
  invalid(
    'input_schema',
    'ten thousand values',
    { enum: Array.from({ length: 10_000 }, (_, n) => n) },
    { says: 'more than 5000 values' },
  ),
  invalid('input_schema', 'doubled forty times', doubling(), { says: 'too long to judge by' }),
  invalid('input_schema', 'a list', [1], { says: '' }),
]

function doubling() {
  const levels = Array.from({ length: 40 }, (_, level) => {
    const next = { $ref: `#/$defs/level${level + 1}` }
    return [`level${level}`, { allOf: [next, next] }]
  })
  return { $defs: { ...Object.fromEntries(levels), level40: {} }, $ref: '#/$defs/level0' }
}

const icon = (title: string, bytes: Uint8Array | string, says: string) =>
  invalid('icon', title, Buffer.from(bytes).toString('base64'), { says })

const ICONS = [
  invalid('icon', 'a drawing that is a program', '<svg onload="alert(1)"/>', {
    says: 'SVG and other formats are not taken',
  }),
  invalid('icon', 'a drawing as an address', 'data:image/svg+xml;base64,PHN2Zy8+', {
    says: 'SVG and other formats are not taken',
  }),
  icon('a drawing in base64', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'must be a PNG'),
  icon('a GIF', 'GIF89a', 'must be a PNG'),
  icon(
    'as large as a square can be',
    png(2 ** 31 - 1, 2 ** 31 - 1, { pixels: Buffer.alloc(1) }),
    '512 × 512 pixels',
  ),
  icon('no pixel wide', png(0, 10, { pixels: Buffer.alloc(10) }), '512 × 512 pixels'),
  icon(
    '16 MiB of pixels for 8 × 8',
    png(8, 8, { pixels: Buffer.alloc(16 * 1_048_576) }),
    'pixels do not fit its size',
  ),
  icon(
    'fewer pixels than it says',
    png(64, 64, { pixels: Buffer.alloc(65) }),
    'pixels do not fit its size',
  ),
  icon(
    'text within',
    png(8, 8, { chunks: [pngChunk('tEXt', Buffer.from('Author\0me'))] }),
    'no icon needs: "tEXt"',
  ),
  icon(
    'a zip behind it',
    Buffer.concat([png(8, 8), Buffer.from('PK\u0003\u0004')]),
    'must end where the PNG ends',
  ),
  icon('cut short', png(64, 64).subarray(0, -20), 'cut short'),
  icon('a byte that was changed', png(64, 64).with(20, 1), 'wrong checksum'),
  icon(
    'too many bytes',
    png(8, 8, { chunks: [pngChunk('PLTE', Buffer.alloc(32_768))] }),
    '32768 bytes',
  ),
]

const NAMES = (
  [
    ['a Cyrillic letter', 'w\u043erd-count', 'must be lower-case letters'],
    ['letters as wide as their height', 'ｗｏｒｄ', 'must be lower-case letters'],
    ['a sign that is not seen', 'word\u200b-count', 'must be lower-case letters'],
    ['from right to left', '\u202eword', 'must be lower-case letters'],
    ['a way out', '../../etc/passwd', 'must be lower-case letters'],
    ['a hyphen at its end', 'word-', 'must be lower-case letters'],
    ['a quote of SQL', "a'; drop table agents; --", 'must be lower-case letters'],
    ['65 letters', 'a'.repeat(65), ''],
  ] as const
).map(([title, name, says]) => invalid('name', title, name, { says }))

const OTHERS = [
  ...['Do What You Like', 'MIT OR', '((MIT)', 'MIT; rm -rf /', '<script>', 'MIT\u0000'].map(
    (licence) => invalid('licence', JSON.stringify(licence), licence, { says: '' }),
  ),
  ...[-1, -0.01, '1e3', 'NaN', 'free', '0.0000001', '1000000000', 1e12, true, [], null].map(
    (price) => invalid('price', JSON.stringify(price), price, { says: '' }),
  ),
  ...['1', '1.0', 'v1.0.0', '01.0.0', '1.0.0+build', '1.0.0-', 'latest', '../1.0.0'].map(
    (version) => invalid('version', version, version, { says: 'semantic version' }),
  ),
  invalid('examples[0].input', 'one that does not fit', [{ title: 'x', input: 1 }], {
    says: 'must be string',
  }),
  invalid(
    'examples[0].output',
    'an answer that does not fit',
    [{ title: 'x', input: 'x', output: 1 }],
    { says: 'must be string' },
  ),
  invalid(
    'examples',
    'eleven',
    Array.from({ length: 11 }, () => ({ title: 'x', input: 'x' })),
    { says: '' },
  ),
  invalid('readme', 'more than is read', '#'.repeat(65_537), { says: '' }),
  invalid('readme', 'half a character', '\ud800', { says: 'well-formed' }),
  invalid('changelog', 'a character that no store keeps', 'a\u0000b', { says: 'U+0000' }),
  invalid('tags[0]', 'two words', ['two words'], { says: 'one word' }),
  invalid('tags[0]', 'a mark-up', ['<b>'], { says: 'one word' }),
  invalid('capabilities[0]', 'a way out', ['../x'], { says: 'lower-case words' }),
  invalid('publisher', 'somebody else', 'default', { says: '' }),
  invalid('item_type', 'a model', 'model', { says: '' }),
  invalid('image', 'a tag, which changes its mind', 'registry.example.com/a:latest', {
    says: 'pinned by its digest',
  }),
  invalid('image', 'credentials', `u:p@registry.example.com/a@sha256:${'a'.repeat(64)}`, {
    says: 'digest of SHA-256',
  }),
]

/** For one who is not the operator, beside an item `well-known-tool` of the operator's. */
const MISTAKEN: BadPublication[] = (
  [
    ['cadre-official', 'reserved'],
    ['cadretools', 'reserved'],
    ['admin', 'reserved'],
    ['marketplace', 'reserved'],
    ['wellknown-tool', 'confusing'],
    ['well-known-too1', 'confusing'],
    ['we11-kn0wn-t00l', 'confusing'],
    ['well-knovvn-tool', 'confusing'],
    ['well-known-tols', 'confusing'],
    ['wel-known-tool', 'confusing'],
  ] as const
).map(([name, kind]) => ({
  title: `name: ${name}`,
  fields: { name },
  status: 422,
  code: `marketplace.name_${kind}`,
  field: 'name',
  says: kind === 'reserved' ? 'reserved for the platform' : 'mistaken for well-known-tool',
}))

export const BAD_PUBLICATIONS: readonly BadPublication[] = [
  ...SCHEMAS,
  ...ICONS,
  ...NAMES,
  ...OTHERS,
  ...MISTAKEN,
  {
    title: 'name: of somebody else',
    fields: { name: 'well-known-tool' },
    status: 409,
    code: 'marketplace.name_taken',
    field: 'name',
    says: 'belongs to another publisher',
  },
]

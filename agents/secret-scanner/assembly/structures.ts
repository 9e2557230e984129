import { isAsciiLetter, isBlank, isDigit, Text } from '../../runtime/text'
import { entropyOf } from './entropy'
import { isTokenByte } from './rules'

/** Where the secret part of what was found lies. */
export let secretFrom: i32 = 0
export let secretTo: i32 = 0

const TOKEN_BYTES_MAX = 4_096
const NAME_BYTES_MAX = 60
const PASSWORD_BYTES_MAX = 200
const ASSIGNED_BYTES_MIN = 8
const ASSIGNED_ENTROPY_MIN: f64 = 3
const RANDOM_BYTES_MIN = 32
const RANDOM_ENTROPY_MIN: f64 = 4.5

const JWT_START = Text.of('eyJ')
const KEY_BEGIN = Text.of('-----BEGIN ')
const KEY_END = Text.of('PRIVATE KEY')
const SCHEME_END = Text.of('://')
const SECRET_NAMES: Text[] = [
  Text.of('password'),
  Text.of('passwd'),
  Text.of('passphrase'),
  Text.of('pwd'),
  Text.of('secret'),
  Text.of('token'),
  Text.of('apikey'),
  Text.of('accesskey'),
  Text.of('privatekey'),
  Text.of('credential'),
  Text.of('authkey'),
]
/** Values that show where a secret goes rather than being one. */
const PLACEHOLDERS: Text[] = [
  Text.of('change'),
  Text.of('example'),
  Text.of('placeholder'),
  Text.of('your'),
  Text.of('xxxx'),
  Text.of('****'),
  Text.of('....'),
  Text.of('dummy'),
  Text.of('sample'),
  Text.of('redacted'),
  Text.of('process.env'),
  Text.of('os.environ'),
  Text.of('getenv'),
  Text.of('undefined'),
]

/** Three base64url parts, of which the first two are JSON objects (RFC 7519). */
export function isJwtAt(text: Text, index: i32): bool {
  if (!text.hasAt(index, JWT_START)) return false
  const second = partEnd(text, index) + 1
  if (second - index < 16 || text.at(second - 1) !== 0x2e || !text.hasAt(second, JWT_START))
    return false
  const third = partEnd(text, second) + 1
  if (text.at(third - 1) !== 0x2e) return false
  const end = partEnd(text, third)
  if (end - third < 16) return false
  return found(index, end)
}

/** The first line of a private key in PEM (RFC 7468); nothing of the key itself is needed. */
export function isPrivateKeyAt(text: Text, index: i32): bool {
  if (text.at(index) !== 0x2d || !text.hasAt(index, KEY_BEGIN)) return false
  for (let at = index + KEY_BEGIN.length; at < index + NAME_BYTES_MAX; at++) {
    const byte = text.at(at)
    if (text.hasAt(at, KEY_END)) return found(index, at + KEY_END.length)
    if (!isAsciiLetter(byte) && byte !== 0x20) return false
  }
  return false
}

/** The password in `scheme://user:password@host`; `index` is where the `://` stands. */
export function isUrlPasswordAt(text: Text, index: i32): bool {
  if (text.at(index) !== 0x3a || !text.hasAt(index, SCHEME_END)) return false
  let colon = index + 3
  while (isUserByte(text.at(colon)) && colon - index < PASSWORD_BYTES_MAX) colon++
  if (text.at(colon) !== 0x3a) return false
  let end = colon + 1
  while (isPasswordByte(text.at(end)) && end - colon < PASSWORD_BYTES_MAX) end++
  if (text.at(end) !== 0x40 || end - colon < 4) return false
  return !isPlaceholder(text, colon + 1, end) && found(colon + 1, end)
}

/** A value that is given to something called a secret; `index` is where `=` or `:` stands. */
export function isAssignedSecretAt(text: Text, index: i32): bool {
  if (text.at(index) !== 0x3d && text.at(index) !== 0x3a) return false
  if (!isSecretNameBefore(text, index)) return false
  let from = index + 1
  if (text.at(from) === 0x3d || text.at(from) === 0x3e) from++
  while (text.at(from) === 0x20 || text.at(from) === 0x09) from++
  const quote = text.at(from)
  const isQuoted = quote === 0x22 || quote === 0x27 || quote === 0x60
  if (isQuoted) from++
  let to = from
  while (to - from < PASSWORD_BYTES_MAX && isValueByte(text.at(to), isQuoted ? quote : 0)) to++
  if (isQuoted ? text.at(to) !== quote : isCallOrPath(text, from, to)) return false
  if (to - from < ASSIGNED_BYTES_MIN || isPlaceholder(text, from, to)) return false
  return entropyOf(text, from, to) >= ASSIGNED_ENTROPY_MIN && found(from, to)
}

/** A long run of small and capital letters and digits that no language would write. */
export function isRandomTextAt(text: Text, index: i32): bool {
  const before = text.at(index - 1)
  if (before !== 0x22 && before !== 0x27 && before !== 0x3d && before !== 0x20) return false
  let to = index
  let kinds = 0
  while (to - index < TOKEN_BYTES_MAX && isTokenByte(text.at(to))) {
    const byte = text.at(to)
    kinds |= isDigit(byte) ? 1 : !isAsciiLetter(byte) ? 0 : byte < 0x60 ? 2 : 4
    to++
  }
  if (to - index < RANDOM_BYTES_MIN || to - index === TOKEN_BYTES_MAX || kinds !== 7) return false
  return entropyOf(text, index, to) >= RANDOM_ENTROPY_MIN && found(index, to)
}

function found(from: i32, to: i32): bool {
  secretFrom = from
  secretTo = to
  return true
}

function partEnd(text: Text, from: i32): i32 {
  let index = from
  while (index - from < TOKEN_BYTES_MAX && isBase64Url(text.at(index))) index++
  return index
}

function isBase64Url(byte: i32): bool {
  return isAsciiLetter(byte) || isDigit(byte) || byte === 0x2d || byte === 0x5f
}

function isUserByte(byte: i32): bool {
  return isPasswordByte(byte) && byte !== 0x3a
}

function isPasswordByte(byte: i32): bool {
  return (
    byte > 0x20 && byte !== 0x40 && byte !== 0x2f && byte !== 0x22 && byte !== 0x27 && byte !== 0x3c
  )
}

function isValueByte(byte: i32, quote: i32): bool {
  if (byte < 0x20 || byte === 0x7f) return false
  if (quote !== 0) return byte !== quote
  return byte > 0x20 && byte !== 0x2c && byte !== 0x3b && byte !== 0x22 && byte !== 0x27
}

/** Bare values that are code: a call, a variable, a member, or a word of the language. */
function isCallOrPath(text: Text, from: i32, to: i32): bool {
  const first = text.at(from)
  if (first === 0x24 || first === 0x7b || first === 0x5b || first === 0x28) return true
  let hasDigit = false
  for (let index = from; index < to; index++) {
    const byte = text.at(index)
    if (byte === 0x28 || byte === 0x29 || byte === 0x7b) return true
    if (isDigit(byte)) hasDigit = true
  }
  return !hasDigit
}

/** The name before the sign, without its `_`, `-` and capitals, says what the value is. */
function isSecretNameBefore(text: Text, index: i32): bool {
  let at = index - 1
  while (at >= 0 && (isBlank(text.at(at)) || text.at(at) === 0x22 || text.at(at) === 0x27)) {
    if (index - at > 8 || text.at(at) === 0x0a) return false
    at--
  }
  const end = at + 1
  while (at >= 0 && end - at <= NAME_BYTES_MAX && isNameByte(text.at(at))) at--
  name.length = 0
  for (let from = at + 1; from < end; from++) {
    if (!isAsciiLetter(text.at(from))) continue
    store<u8>(name.start + name.length, <u8>(text.at(from) | 0x20))
    name.length++
  }
  return contains(name, SECRET_NAMES)
}

const name = new Text(memory.data(64), 0)
const value = new Text(memory.data(256), 0)

function isNameByte(byte: i32): bool {
  return isAsciiLetter(byte) || isDigit(byte) || byte === 0x5f || byte === 0x2d || byte === 0x2e
}

function isPlaceholder(text: Text, from: i32, to: i32): bool {
  const first = text.at(from)
  if (first === 0x3c || first === 0x24 || (first === 0x7b && text.at(from + 1) === 0x7b))
    return true
  value.length = min(to - from, 256)
  for (let index = 0; index < value.length; index++) {
    const byte = text.at(from + index)
    store<u8>(value.start + index, <u8>(isAsciiLetter(byte) ? byte | 0x20 : byte))
  }
  return contains(value, PLACEHOLDERS)
}

function contains(text: Text, words: Text[]): bool {
  for (let index = 0; index < text.length; index++) {
    for (let word = 0; word < words.length; word++) if (text.hasAt(index, words[word])) return true
  }
  return false
}

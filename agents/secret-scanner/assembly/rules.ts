import { isAsciiLetter, isDigit, Text } from '../../runtime/text'

export const SEVERITY_HIGH = 0
export const SEVERITY_MEDIUM = 1
export const SEVERITY_LOW = 2
export const SEVERITY_NAMES: string[] = ['high', 'medium', 'low']

/** Which bytes may follow a prefix. */
const ALPHANUMERIC = 0
const CAPITALS = 1
const HEXADECIMAL = 2
/** Letters, digits, `_` and `-`, as in base64url. */
const URL_SAFE = 3
/** The same with `.`, `/`, `+` and `=`. */
const ANY_TOKEN = 4

const TAIL_BYTES_MAX = 2_048

/** A secret that begins with a fixed prefix, and has so many bytes of a kind behind it. */
export class PrefixRule {
  constructor(
    public name: string,
    public severity: i32,
    public prefix: Text,
    private kind: i32,
    private tailMin: i32,
    private tailMax: i32,
  ) {}

  /** The length of the secret at `index`; 0 when there is none of this kind. */
  lengthAt(text: Text, index: i32): i32 {
    if (!text.hasAt(index, this.prefix)) return 0
    const from = index + this.prefix.length
    let to = from
    while (to - from <= TAIL_BYTES_MAX && isOfKind(text.at(to), this.kind)) to++
    const tail = to - from
    return tail >= this.tailMin && tail <= this.tailMax ? to - index : 0
  }
}

const rules: PrefixRule[] = []
/** By first byte: 1 where some rule begins with it, so that other bytes cost one look. */
const firstBytes = memory.data(256)

function rule(
  name: string,
  prefixes: string,
  kind: i32,
  tailMin: i32,
  tailMax: i32 = TAIL_BYTES_MAX,
  severity: i32 = SEVERITY_HIGH,
): void {
  const list = prefixes.split(' ')
  for (let index = 0; index < list.length; index++) {
    const prefix = Text.of(list[index])
    rules.push(new PrefixRule(name, severity, prefix, kind, tailMin, tailMax))
    store<u8>(firstBytes + prefix.at(0), 1)
  }
}

/** The forms that the issuers document; the longer of two prefixes comes first. */
function addRules(): void {
  rule('aws-access-key-id', 'AKIA ASIA ABIA ACCA', CAPITALS, 16, 16)
  rule('github-token', 'ghp_ gho_ ghu_ ghs_ ghr_', ALPHANUMERIC, 36, 255)
  rule('github-token', 'github_pat_', URL_SAFE, 80, 100)
  rule('gitlab-token', 'glpat- gldt- glrt-', URL_SAFE, 20, 64)
  rule('slack-token', 'xoxb- xoxa- xoxp- xoxr- xoxs- xoxe- xapp-', URL_SAFE, 20, 255)
  rule('slack-webhook', 'https://hooks.slack.com/services/', ANY_TOKEN, 40, 80)
  rule('stripe-key', 'sk_live_ rk_live_', ALPHANUMERIC, 16, 255)
  rule('stripe-test-key', 'sk_test_ rk_test_', ALPHANUMERIC, 16, 255, SEVERITY_LOW)
  rule('stripe-webhook-secret', 'whsec_', ANY_TOKEN, 24, 100)
  rule('google-api-key', 'AIza', URL_SAFE, 35, 35)
  rule('google-oauth-secret', 'GOCSPX-', URL_SAFE, 28, 28)
  rule('google-oauth-token', 'ya29.', URL_SAFE, 20)
  rule('npm-token', 'npm_', ALPHANUMERIC, 36, 36)
  rule('pypi-token', 'pypi-AgE', URL_SAFE, 50)
  rule('sendgrid-key', 'SG.', ANY_TOKEN, 60, 80)
  rule('anthropic-key', 'sk-ant-', URL_SAFE, 32, 200)
  rule('openai-key', 'sk-proj- sk-svcacct- sk-admin-', URL_SAFE, 32, 255)
  rule('openai-key', 'sk-', ALPHANUMERIC, 32, 64)
  rule('twilio-key', 'SK', HEXADECIMAL, 32, 32, SEVERITY_MEDIUM)
  rule('mailgun-key', 'key-', HEXADECIMAL, 32, 32)
  rule('digitalocean-token', 'dop_v1_ doo_v1_ dor_v1_', HEXADECIMAL, 64, 64)
  rule('shopify-token', 'shpat_ shpca_ shppa_ shpss_', HEXADECIMAL, 32, 32)
  rule('hugging-face-token', 'hf_', ALPHANUMERIC, 30, 64)
  rule('docker-token', 'dckr_pat_', URL_SAFE, 24, 64)
  rule('databricks-token', 'dapi', HEXADECIMAL, 32, 34)
  rule('hashicorp-vault-token', 'hvs. hvb.', URL_SAFE, 24, 300)
  rule('linear-key', 'lin_api_', ALPHANUMERIC, 32, 64)
  rule('age-secret-key', 'AGE-SECRET-KEY-1', CAPITALS, 58, 58)
  rule('azure-storage-key', 'AccountKey=', ANY_TOKEN, 80, 100)
}

/** The rule that a secret at `index` follows, with its length in `matchedLength`; null without. */
export function matchPrefix(text: Text, index: i32): PrefixRule | null {
  if (rules.length === 0) addRules()
  const first = text.at(index)
  if (first < 0 || load<u8>(firstBytes + first) === 0) return null
  for (let at = 0; at < rules.length; at++) {
    const length = rules[at].lengthAt(text, index)
    if (length === 0) continue
    matchedLength = length
    return rules[at]
  }
  return null
}

export let matchedLength: i32 = 0

function isOfKind(byte: i32, kind: i32): bool {
  if (isDigit(byte)) return true
  if (kind === CAPITALS) return byte >= 0x41 && byte <= 0x5a
  if (kind === HEXADECIMAL) return byte >= 0x61 && byte <= 0x66
  if (isAsciiLetter(byte)) return true
  if (kind === ALPHANUMERIC) return false
  return kind === URL_SAFE ? byte === 0x2d || byte === 0x5f : isTokenByte(byte)
}

/** What tokens, keys and base64 are made of. */
export function isTokenByte(byte: i32): bool {
  return (
    isAsciiLetter(byte) ||
    isDigit(byte) ||
    byte === 0x2d || // -
    byte === 0x5f || // _
    byte === 0x2e || // .
    byte === 0x2f || // /
    byte === 0x2b || // +
    byte === 0x3d // =
  )
}

/** Secrets that tell themselves by their form. The patterns end in linear time. */
const PATTERNS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z]{2,10} ){0,3}PRIVATE KEY-----(?:\\n|\s)*[A-Za-z0-9+/]{40}/],
  ['an access key of AWS', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a token of GitHub', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})/],
  ['a token of GitLab', /\bglpat-[A-Za-z0-9_-]{20,}/],
  ['a token of Slack', /\bxox[abprs]-[A-Za-z0-9-]{20,}/],
  ['a key of Stripe', /\b[sr]k_live_[A-Za-z0-9]{16,}/],
  ['a key of Google', /\bAIza[A-Za-z0-9_-]{35}/],
  ['a key of OpenAI or Anthropic', /\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}/],
  ['a token of npm', /\bnpm_[A-Za-z0-9]{36}/],
  ['a JSON Web Token', /\beyJ[A-Za-z0-9_-]{16,}\.eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/],
  [
    'a password in an address',
    // Hosts that exist in examples only (RFC 6761) or within one's own network give nothing away.
    /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{1,100}:[^\s:@/]{6,100}@(?![\w.-]{0,100}?\b(?:localhost|example(?:\.(?:com|net|org))?|test|invalid|internal)\b(?![\w-]|\.\w))/,
  ],
]

export interface FoundSecret {
  kind: string
  /** Places in the text; the end is behind its last character. */
  start: number
  end: number
}

/** Every secret that is seen in a text, kind by kind. */
export function* secretsIn(text: string): Generator<FoundSecret> {
  for (const [kind, pattern] of PATTERNS)
    for (const match of text.matchAll(new RegExp(pattern, 'g')))
      yield { kind, start: match.index, end: match.index + match[0].length }
}

/** What kind of secret a text holds; null where none is seen. */
export const secretIn = (text: string): string | null =>
  PATTERNS.find(([, pattern]) => pattern.test(text))?.[0] ?? null

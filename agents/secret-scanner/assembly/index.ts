import { readText } from '../../runtime/input'
import { JsonWriter, round } from '../../runtime/json-writer'
import { Sha256 } from '../../runtime/sha256'
import { isAsciiLetter, isDigit, Text } from '../../runtime/text'
import { entropyOf } from './entropy'
import {
  matchedLength,
  matchPrefix,
  SEVERITY_HIGH,
  SEVERITY_LOW,
  SEVERITY_MEDIUM,
  SEVERITY_NAMES,
} from './rules'
import {
  isAssignedSecretAt,
  isJwtAt,
  isPrivateKeyAt,
  isRandomTextAt,
  isUrlPasswordAt,
  secretFrom,
  secretTo,
} from './structures'

const FINDINGS_LISTED_MAX = 1_000
const SHOWN_CHARACTERS_MAX = 4
/** Tells findings apart; so short that it confirms little about a guess. */
const FINGERPRINT_LENGTH = 8

class Finding {
  constructor(
    public rule: string,
    public severity: i32,
    public from: i32,
    public to: i32,
    public line: i32,
    public lineStart: i32,
  ) {}
}

class Scan {
  findings: Finding[] = []
  counts: StaticArray<i32> = new StaticArray<i32>(3)
  line: i32 = 1
  lineStart: i32 = 0

  note(rule: string, severity: i32, from: i32, to: i32): i32 {
    this.counts[severity]++
    if (this.findings.length < FINDINGS_LISTED_MAX) {
      this.findings.push(new Finding(rule, severity, from, to, this.line, this.lineStart))
    }
    return to
  }

  total(): i32 {
    return this.counts[SEVERITY_HIGH] + this.counts[SEVERITY_MEDIUM] + this.counts[SEVERITY_LOW]
  }
}

function main(): void {
  const text = readText()
  const scan = new Scan()
  let index = 0
  while (index < text.length) {
    const next = scanAt(text, index, scan)
    if (next === index && text.at(index) === 0x0a) {
      scan.line++
      scan.lineStart = index + 1
    }
    index = next > index ? next : index + 1
  }
  writeReport(text, scan)
}

/** Where the secret that begins at `index` ends; `index` itself when none begins there. */
function scanAt(text: Text, index: i32, scan: Scan): i32 {
  const byte = text.at(index)
  if (byte === 0x3a && isUrlPasswordAt(text, index)) {
    return scan.note('url-password', SEVERITY_HIGH, secretFrom, secretTo)
  }
  if (byte === 0x3a || byte === 0x3d) return scanAssigned(text, index, scan)
  if (byte === 0x2d && isPrivateKeyAt(text, index)) {
    return scan.note('private-key', SEVERITY_HIGH, secretFrom, secretTo)
  }
  if (!isTokenStart(text, index)) return index
  const rule = matchPrefix(text, index)
  if (rule !== null) return scan.note(rule.name, rule.severity, index, index + matchedLength)
  if (byte === 0x65 && isJwtAt(text, index)) {
    return scan.note('json-web-token', SEVERITY_HIGH, secretFrom, secretTo)
  }
  if (!isRandomTextAt(text, index)) return index
  return scan.note('random-text', SEVERITY_LOW, secretFrom, secretTo)
}

/** A value whose own form is known is left to the rule for it. */
function scanAssigned(text: Text, index: i32, scan: Scan): i32 {
  if (!isAssignedSecretAt(text, index)) return index
  const from = secretFrom
  const to = secretTo
  if (matchPrefix(text, from) !== null || isJwtAt(text, from)) return index
  return scan.note('assigned-secret', SEVERITY_MEDIUM, from, to)
}

function isTokenStart(text: Text, index: i32): bool {
  if (!isWordByte(text.at(index))) return false
  const before = text.at(index - 1)
  return !isWordByte(before) && before !== 0x2d && before !== 0x5f
}

function isWordByte(byte: i32): bool {
  return isAsciiLetter(byte) || isDigit(byte)
}

function writeReport(text: Text, scan: Scan): void {
  const json = new JsonWriter()
  json.beginObject()
  json.key('found').integer(scan.total())
  json.key('is_cut').boolean(scan.total() > scan.findings.length)
  json.key('by_severity').beginObject()
  for (let severity = 0; severity < SEVERITY_NAMES.length; severity++) {
    json.key(SEVERITY_NAMES[severity]).integer(scan.counts[severity])
  }
  json.endObject()
  json.key('findings').beginArray()
  for (let index = 0; index < scan.findings.length; index++) {
    writeFinding(json, text, scan.findings[index])
  }
  json.endArray()
  json.endObject()
  json.finish()
}

function writeFinding(json: JsonWriter, text: Text, finding: Finding): void {
  const secret = text.slice(finding.from, finding.to)
  json.beginObject()
  json.key('rule').string(finding.rule)
  json.key('severity').string(SEVERITY_NAMES[finding.severity])
  json.key('line').integer(finding.line)
  json.key('column').integer(text.slice(finding.lineStart, finding.from).characterCount() + 1)
  json.key('length').integer(secret.length)
  json.key('entropy').number(round(entropyOf(text, finding.from, finding.to), 2))
  json.key('shown').string(`${shown(secret)}…`)
  json.key('fingerprint').string(fingerprint(secret))
  json.endObject()
}

/** At most four characters, and never more than a quarter of the secret. */
function shown(secret: Text): string {
  return secret.truncate(min(SHOWN_CHARACTERS_MAX, secret.characterCount() / 4)).toString()
}

function fingerprint(secret: Text): string {
  const hash = new Sha256()
  hash.update(secret.start, secret.length)
  return hash.finish().substring(0, FINGERPRINT_LENGTH)
}

main()

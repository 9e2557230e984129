import { AppError, invalidField } from '#platform/errors.ts'

export const fieldMissing = (field: string) => invalidField(field, 'is needed')

export const payloadUnreadable = (what: 'release' | 'index') =>
  invalidField('payload', `is not the text of ${what === 'index' ? 'an index' : 'a release'}`)

export const payloadTypeUnknown = (known: readonly string[]) =>
  invalidField('payload_type', `must be ${known.join(' or ')}`)

export const signatureMalformed = () => invalidField('signature', 'must be base64')

export const ownRelease = () =>
  new AppError({
    kind: 'conflict',
    code: 'mirror.own_release',
    publicMessage:
      'A key of this installation signed it: it was published here, and needs no mirror.',
  })

export const binaryMissing = (sha256: string) =>
  invalidField('binary', `is needed: the file whose SHA-256 is ${sha256}`)

export const binaryMismatch = (expected: string, found: string) =>
  new AppError({
    kind: 'invalid',
    code: 'mirror.binary_mismatch',
    publicMessage: `binary: its SHA-256 is ${found}, and ${expected} was signed.`,
    details: [{ field: 'binary', message: `is not the file that was signed: ${expected}` }],
  })

export const sourceTooLarge = (bytesMax: number) =>
  invalidField('binary', `is larger than the source of a workflow may be: ${bytesMax} bytes`)

export const sourceMismatch = (sha256: string) =>
  new AppError({
    kind: 'invalid',
    code: 'mirror.binary_mismatch',
    publicMessage: `binary: it is not the source of the definition that was signed, whose SHA-256 is ${sha256}.`,
    details: [{ field: 'binary', message: `is not the source of what was signed: ${sha256}` }],
  })

export const indexTooLarge = (versionsMax: number) =>
  new AppError({
    kind: 'conflict',
    code: 'mirror.index_too_large',
    publicMessage: `More than ${versionsMax} versions are approved; an index holds no more.`,
  })

export const artefactAbsent = (kind: string) =>
  new AppError({
    kind: 'not_found',
    code: 'marketplace.no_artefact',
    publicMessage: `The version is ${kind === 'remote' ? 'a remote agent' : `of the kind ${kind}`}: there is no file to hand out.`,
  })

export const notAForm = () =>
  new AppError({
    kind: 'malformed',
    code: 'upload.malformed',
    publicMessage:
      'Send multipart/form-data with payload_type, payload, signature, key_id and, for a release, its file binary.',
  })

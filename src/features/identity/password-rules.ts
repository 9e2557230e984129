import { PASSWORD_LENGTH_MIN } from '@cadre/contract'
import { invalidField } from '#platform/errors.ts'

/**
 * What everybody tries first among the passwords that are long enough. A short list on purpose:
 * guessing is slowed down, so only the most common ones are within reach.
 */
const COMMON = new Set(
  `123456789012 1234567890123 12345678901234 123456789123 1234567891011 987654321987 111222333444
   112233445566 123123123123 qwertyuiop12 qwertyuiop123 qwertyuiopasdf qwertyuiopasdfghjkl
   qwertyuiop[] 1qaz2wsx3edc 1q2w3e4r5t6y 1q2w3e4r5t6y7u zaq12wsxcde3 asdfghjkl123 asdfghjkl;'
   zxcvbnm12345 password1234 password12345 password123456 password1234! passwordpassword
   mypassword123 password2024 password2025 password2026 passw0rd1234 p@ssw0rd1234 p@ssword1234
   letmein12345 letmeinletmein letmeinplease welcome12345 welcome123456 welcome2024! iloveyou1234
   iloveyou12345 iloveyouforever changeme1234 changeme12345 changemeplease administrator
   administrator1 admin1234567 admin12345678 adminadminadmin rootrootroot secretsecret
   supersecret12 topsecret1234 correcthorsebatterystaple trustno1trustno1 abcdefghijkl
   abcdefghijklm abcdefghijklmnop abcd1234abcd abc123abc123 unbelievable sunshine1234
   football1234 baseball1234 princess1234 superman1234 dragon123456 monkey123456 master123456
   testtesttest test12345678 cadrecadrecadre cadre1234567 cadrepassword`.split(/\s+/),
)
const UNIT_LENGTH_MAX = 4

/**
 * Length is checked where the request is read; composition is not asked for (NIST SP 800-63B).
 * @param field that holds it in the request
 * @throws AppError 422 for one that is commonly guessed, or made of the address
 */
export const requireGoodPassword = (password: string, field: string, email: string): void => {
  const plain = password.normalize('NFKC').toLowerCase()
  if (COMMON.has(plain)) throw invalidField(field, 'is among the passwords that are tried first')
  if (isRepetition(plain)) throw invalidField(field, 'must not be a few characters, repeated')
  if (plain === email || isMadeOf(plain, email.split('@')[0] ?? ''))
    throw invalidField(field, 'must not be made of the e-mail address')
}

const lettersOf = (text: string): string => text.replaceAll(/[^\p{L}]/gu, '')
const isMadeOf = (password: string, name: string): boolean =>
  lettersOf(name) !== '' && lettersOf(password) === lettersOf(name)

const isRepetition = (text: string): boolean =>
  Array.from({ length: UNIT_LENGTH_MAX }, (_, index) => text.slice(0, index + 1)).some(
    (unit) => unit.repeat(Math.ceil(text.length / unit.length)).slice(0, text.length) === text,
  )

/** Where what is given may also be a password that there is already. @throws AppError 422 */
export const requireGoodLength = (password: string, field: string): void => {
  if (password.length < PASSWORD_LENGTH_MIN)
    throw invalidField(field, `must have ${PASSWORD_LENGTH_MIN} characters at least`)
}

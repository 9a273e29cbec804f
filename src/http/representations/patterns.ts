/** Patterns that fields have to match, each with the words for whoever sends something else. */
const PATTERNS = {
  visible: [
    '^(?=.*\\S)[^\\u0000-\\u001f\\u007f-\\u009f]+$',
    'has to have something to see, and no control characters',
  ],
  accountId: ['^\\d{12}$', 'has to be the 12 digits of an AWS account'],
  reference: ['^[\\x21-\\x7e]{1,128}$', 'has to be 1 to 128 characters of ASCII without blanks'],
  label: ['^[\\w.-]{1,64}$', 'has to be 1 to 64 letters, digits or any of . _ -'],
  cliProfile: ['^[A-Za-z0-9_.-]{1,64}$', 'has to be 1 to 64 letters, digits or any of . _ -'],
  // Source: IAM API Reference, CreateUser.
  userName: ['^[A-Za-z0-9_+=,.@-]{1,64}$', 'has to be 1 to 64 letters, digits or any of + = , . @ _ -'],
  // Source: STS API Reference, AssumeRole.
  sessionName: ['^[\\w+=,.@-]{2,64}$', 'has to be 2 to 64 letters, digits or any of + = , . @ _ -'],
  color: ['^[0-9A-Fa-f]{6}$', 'has to be six hexadecimal digits, as in FBBF93'],
  feedPlace: ['^evt_\\d{15}_\\d{2}$', 'has to be a `position` of an answer, or the id of an event'],
  header: ['^[\\x20-\\x7e]+$', 'has to be printable ASCII'],
  idempotencyKey: ['^[\\x20-\\x7e]{1,255}$', 'has to be 1 to 255 characters of printable ASCII'],
} as const;

/** The pattern of this name, for a schema. */
export function pattern(name: keyof typeof PATTERNS): string {
  return PATTERNS[name][0];
}

/** What a text that does not match the pattern is told; undefined for a pattern that is none of these. */
export function patternWords(text: unknown): string | undefined {
  return Object.values(PATTERNS).find(([known]) => known === text)?.[1];
}

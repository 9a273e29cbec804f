const STRUCK = '[redacted]';

/** Fields whose values are secret, also where JSON stands in a text and its quotes are escaped. */
const NAMED =
  /(\\*)"(external_?id|(?:secret_?)?access_?key(?:_?id)?|(?:session_?|x-amz-security-)?token|secret|password|authorization|(?:set-)?cookie|(?:webhook-)?signature|response_?url|api_?key)\1"(\s*:\s*)\1"(?:[^"\\]|\\[^"])*/gi;

/** What is secret by its form, whichever field or text it stands in. */
const FORMS = new RegExp(
  `\\b(?:${[
    // Access keys of AWS, of users and of sessions.
    'A[KS]IA[A-Z0-9]{12,}',
    // Webhooks' secrets, and what is signed with them.
    'whsec_[\\w+/=-]+',
    'v1a?,[\\w+/-]{40,}=*',
    // API keys, access tokens of an issuer, and whatever else an Authorization header holds.
    'rc_[0-9A-Za-z]{20,}',
    'eyJ[\\w-]{8,}\\.[\\w-]+\\.[\\w-]*',
    '(?:Bearer|Basic) [\\w.~+/=-]{8,}',
    // Signed addresses let anybody in.
    '(?:X-Amz-)?(?:Signature|Credential|Security-Token)=[^&\\s"\\\\]+',
    // AWS's way to say what was wrong with a parameter.
    "[Vv]alue '[^'\"]*'",
  ].join('|')})`,
  'g',
);

/** External IDs are UUIDv4, which no id of ours is. Of AWS's, stacks and requests have such. */
const UUID4 =
  /(?<![\w-]|:stack\/[\w-]{1,128}\/|awsRequestId":")[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?![\w-])/g;
/** The same, as far as it is found fast. */
const MIDDLE_OF_UUID4 = /-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/;

const TOKEN_LENGTH = 64;
/** Tokens of links and callbacks have 64 characters; those of sessions and access links have many more. */
const TOKENS = /(?<![\w-])[\w-]{64}(?![\w-])|[\w+/=-]{160,}/g;

/**
 * Strikes secrets from a finished line of the log, which stays JSON: those that are `known`, and all that have a form
 * of their own. It is what is left when something was logged that should not have been. It sees every line, so what
 * is slow is preceded by what is fast.
 */
export function makeRedact(known: readonly string[]): (line: string) => string {
  const literal = known.flatMap((secret) => [inJson(secret), inJson(inJson(secret))]);
  return (line) => {
    let text = line.replace(NAMED, `$1"$2$1"$3$1"${STRUCK}`).replace(FORMS, STRUCK);
    for (const secret of literal) if (text.includes(secret)) text = text.replaceAll(secret, STRUCK);
    if (MIDDLE_OF_UUID4.test(text)) text = text.replace(UUID4, STRUCK);
    return hasLongWord(text) ? text.replace(TOKENS, STRUCK) : text;
  };
}

/** As it stands in a text, and, taken twice, where JSON stands in a text. */
function inJson(secret: string): string {
  return JSON.stringify(secret).slice(1, -1);
}

/** Whether there are so many characters of base64 in a row that they may be a token. */
function hasLongWord(text: string): boolean {
  let length = 0;
  for (let place = 0; place < text.length && length < TOKEN_LENGTH; place += 1)
    length = BASE64[text.charCodeAt(place)] === 1 ? length + 1 : 0;
  return length >= TOKEN_LENGTH;
}

const BASE64 = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-')
  BASE64[character.charCodeAt(0)] = 1;

/** What lets somebody in, as it goes by on the wire: in the API's answers, in AWS's, in what SNS and functions post. */
const ON_THE_WIRE: readonly RegExp[] = [
  /\/(?:launch|rotation|access|callbacks\/\w+)\/([\w-]{64,})/g,
  /"(?:externalId|secret|secretAccessKey|sessionToken|accessKeyId|ExternalId)\\*" *: *\\*"([^"\\]{6,})/g,
  /<(?:AccessKeyId|SecretAccessKey|SessionToken)>([^<]{6,})</g,
  /"(?:AccessKeyId|SecretAccessKey|Token)" *: *"([^"]{6,})"/g,
  /(?:^|[?&\n])ExternalId=([^&\s]+)/g,
  /[?&]Token=([^&\s"\\]+)/g,
  /^authorization: (?:Bearer|Basic) (\S+)$/gim,
  /Signature=([\w%]{16,})/g,
  /"Signature" *: *"([^"]+)"/g,
  /^x-amz-security-token: (\S+)$/gim,
  /"x-amz-security-token" *: *"([^"]+)"/g,
  /^cookie: (.+)$/gim,
  /v1,([\w+/]{40,}=)/g,
];

/** Of what is shown or sent in such places and is no secret: the sandbox's own name for a signer. */
const PUBLIC = /SANDBOXRESPONSES|^\d{12}$/;

/** Every secret in a text. */
export function secretsIn(text: string): Set<string> {
  const found = ON_THE_WIRE.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, secret = '']) => secret),
  );
  return new Set(found.map((secret) => safeDecode(secret)).filter((secret) => !PUBLIC.test(secret)));
}

function safeDecode(text: string): string {
  return /%[0-9A-F]{2}/i.test(text) ? decodeURIComponent(text) : text;
}

/** A secret as it may stand somewhere: as it is, escaped in JSON once and twice, in an address, in base64. */
export function formsOf(secret: string): readonly string[] {
  const json = (text: string) => JSON.stringify(text).slice(1, -1);
  const hidden = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]).toString('base64');
    // Where it stands in a longer text, its first and last characters depend on what is beside it.
    return encoded.replace(/=+$/, '').slice(before === 0 ? 0 : before + 1, -2);
  });
  const urls = [encodeURIComponent(secret), encodeURIComponent(encodeURIComponent(secret))];
  return [...new Set([secret, json(secret), json(json(secret)), ...urls, ...hidden])];
}

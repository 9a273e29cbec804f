import { randomInt } from 'node:crypto';

/** An ID as IAM makes them: `AROA…` for a role, `AIDA…` a user, `AGPA…` a group, `ANPA…` a managed policy. */
export function uniqueId(prefix: 'AROA' | 'AIDA' | 'AGPA' | 'ANPA'): string {
  return prefix + randomText(17, base32);
}

/** The ID of a session's access key. */
export function sessionKeyId(): string {
  return `ASIA${randomText(16, base32)}`;
}

/** The ID of a user's access key. */
export function userKeyId(): string {
  return `AKIA${randomText(16, base32)}`;
}

/** The 13 characters that CloudFormation appends to the names it generates. */
export function nameSuffix(): string {
  return randomText(13, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
}

/** The random part of an ID as AWS Organizations makes them. */
export function organizationsText(length: number): string {
  return randomText(length, 'abcdefghijklmnopqrstuvwxyz0123456789');
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The secret that a virtual MFA device and its owner share, in Base32. */
export function deviceSeed(): string {
  return randomText(64, base32);
}

function randomText(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

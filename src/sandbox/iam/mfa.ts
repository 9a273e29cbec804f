import { type Account, iamArn } from '../identity/account.js';
import type { Caller } from '../identity/caller.js';
import { deviceSeed } from '../identity/unique-id.js';
import { AwsError } from '../wire/aws-error.js';
import { checkName, checkPath } from './names.js';
import { checkQuota } from './quota.js';
import type { User } from './user.js';

/** A virtual MFA device. */
export interface MfaDevice {
  /** The ARN that AWS calls serial number. */
  readonly serial: string;
  /** What an authenticator app would be given; the sandbox asks for no code that comes of it. */
  readonly seed: string;
  owner: { readonly user: User; readonly since: Date } | undefined;
}

/**
 * Whether a device shows this code. In the sandbox each shows every six digits at any time, but `000000` never, so
 * that a person can type what comes to mind and a test can be wrong.
 */
function isShown(code: string): boolean {
  return /^\d{6}$/.test(code) && code !== '000000';
}

/** Makes a device, which belongs to nobody until it is enabled. Throws IAM's errors. */
export function createDevice(account: Account, name: string, path = '/'): MfaDevice {
  checkName('virtualMFADeviceName', name, 226);
  checkPath(path);
  const serial = iamArn(account, `mfa${path}${name}`);
  if (serial === administratorsDevice(account) || account.mfaDevices.has(serial)) {
    throw new AwsError(
      'EntityAlreadyExists',
      'MFADevice entity at the same path and name already exists.',
      409,
    );
  }
  const device: MfaDevice = { serial, seed: deviceSeed(), owner: undefined };
  account.mfaDevices.set(serial, device);
  return device;
}

/** Gives a device to a user, who shows by two codes in a row to have it. Throws IAM's errors. */
export function enableDevice(
  account: Account,
  device: MfaDevice,
  user: User,
  codes: readonly string[],
): void {
  if (device.owner !== undefined)
    throw new AwsError('EntityAlreadyExists', 'MFA Device is already in use.', 409);
  if (!codes.every(isShown) || new Set(codes).size < codes.length)
    throw new AwsError('InvalidAuthenticationCode', 'Authentication code for device is not valid.', 403);
  checkQuota('MFADevicesPerUser', devicesOf(account, user).length + 1);
  device.owner = { user, since: new Date() };
}

/** The devices of a user. */
export function devicesOf(account: Account, user: User): MfaDevice[] {
  return [...account.mfaDevices.values()].filter(({ owner }) => owner?.user === user);
}

/** The serial number of the device that a person signs in with; `undefined` for a user who has none. */
export function signInDevice(account: Account, user: User | undefined): string | undefined {
  return user === undefined ? administratorsDevice(account) : devicesOf(account, user)[0]?.serial;
}

/** The device with this serial number. Throws `NoSuchEntity`. */
export function getDevice(account: Account, serial: string): MfaDevice {
  const device = account.mfaDevices.get(serial);
  if (device === undefined) {
    const message = `VirtualMFADevice with serial number ${serial} doesn't exist.`;
    throw new AwsError('NoSuchEntity', message, 404);
  }
  return device;
}

/** Whether a code came along, and was right. Throws `AccessDenied` where it was wrong, or the device another's. */
export function checkCode(
  { account, user, session }: Caller,
  serial: string | undefined,
  code: string | undefined,
): boolean {
  if (serial === undefined && code === undefined) return false;
  if (serial === undefined || code === undefined)
    throw failed(', must provide both MFA serial number and one time pass code.');
  const isOwn =
    user === undefined
      ? serial === administratorsDevice(account)
      : account.mfaDevices.get(serial)?.owner?.user === user;
  // A session in a role has no device, whoever began it.
  if (!isOwn || session !== undefined) {
    throw failed(
      ', unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
    );
  }
  if (!isShown(code)) throw failed(' with invalid MFA one time pass code. ');
  return true;
}

/** The administrator has a device from the beginning. */
function administratorsDevice(account: Account): string {
  return iamArn(account, 'mfa/administrator');
}

function failed(how: string): AwsError {
  return new AwsError('AccessDenied', `MultiFactorAuthentication failed${how}`, 403);
}

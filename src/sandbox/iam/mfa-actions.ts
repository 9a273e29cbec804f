import { iamArn } from '../identity/account.js';
import { AwsError } from '../wire/aws-error.js';
import type { QueryAction } from '../wire/query.js';
import type { XmlElements } from '../wire/xml.js';
import { createDevice, devicesOf, enableDevice, getDevice, type MfaDevice } from './mfa.js';
import { page } from './page.js';
import { requirePermission } from './permission.js';
import { describeUser, openUser } from './user-actions.js';

/** The operations of IAM on virtual MFA devices. */
export const mfaActions: Readonly<Record<string, QueryAction>> = {
  CreateVirtualMFADevice: (_world, caller, input) => {
    const [name, path] = [input.required('VirtualMFADeviceName'), input.text('Path')];
    requirePermission(
      caller,
      'iam:CreateVirtualMFADevice',
      iamArn(caller.account, `mfa${path ?? '/'}${name}`),
    );
    const { serial, seed } = createDevice(caller.account, name, path);
    const secret = Buffer.from(seed).toString('base64');
    // There is no picture to scan, but the field is always there.
    return { VirtualMFADevice: { SerialNumber: serial, Base32StringSeed: secret, QRCodePNG: '' } };
  },
  EnableMFADevice: (_world, caller, input) => {
    const user = openUser(caller, input, 'iam:EnableMFADevice');
    const device = getDevice(caller.account, input.required('SerialNumber'));
    const codes = [input.required('AuthenticationCode1'), input.required('AuthenticationCode2')];
    enableDevice(caller.account, device, user, codes);
    return {};
  },
  DeactivateMFADevice: (_world, caller, input) => {
    const user = openUser(caller, input, 'iam:DeactivateMFADevice');
    const device = getDevice(caller.account, input.required('SerialNumber'));
    if (device.owner?.user !== user) {
      const message = `MFA Device ${device.serial} is not enabled for user ${user.name}.`;
      throw new AwsError('NoSuchEntity', message, 404);
    }
    device.owner = undefined;
    return {};
  },
  DeleteVirtualMFADevice: (_world, caller, input) => {
    const serial = input.required('SerialNumber');
    requirePermission(caller, 'iam:DeleteVirtualMFADevice', serial);
    const device = getDevice(caller.account, serial);
    if (device.owner !== undefined)
      throw new AwsError('DeleteConflict', 'MFA VirtualDevice in use. Must deactivate first.', 409);
    caller.account.mfaDevices.delete(serial);
    return {};
  },
  ListMFADevices: (_world, caller, input) => {
    const user = openUser(caller, input, 'iam:ListMFADevices');
    return page(input, 'MFADevices', devicesOf(caller.account, user), (device) => ({
      UserName: user.name,
      ...describe(device),
    }));
  },
  ListVirtualMFADevices: (_world, caller, input) => {
    requirePermission(caller, 'iam:ListVirtualMFADevices', '*');
    const wanted = input.text('AssignmentStatus') ?? 'Any';
    const devices = [...caller.account.mfaDevices.values()].filter(
      ({ owner }) => wanted === 'Any' || (owner === undefined) === (wanted === 'Unassigned'),
    );
    return page(input, 'VirtualMFADevices', devices, (device) => ({
      ...describe(device),
      User: device.owner === undefined ? undefined : describeUser(device.owner.user),
    }));
  },
};

function describe({ serial, owner }: MfaDevice): XmlElements {
  return { SerialNumber: serial, EnableDate: owner?.since };
}

import type { Client } from '../core/client.js';
import { type Launch, launchKind } from '../core/launch.js';
import type { Partition } from '../core/partition.js';
import { Problem } from '../core/problem.js';
import { callbackToken, type PageToken } from '../core/token.js';

/** Addresses and commands that hold a launch's token: shown when it is made and on its page, never stored. */
export interface LaunchLinks {
  readonly pageUrl: string;
  /** Null where the stack does not call back. */
  readonly callbackUrl: string | null;
  readonly quickCreateUrl: string;
  readonly commands: { readonly awsCli: string; readonly terraform: string };
}

export interface LinkSettings {
  readonly publicUrl: string;
  readonly partition: Partition;
  readonly simulatorOrigin: string | null;
  /** Whether the template gives a role a name of its own accord. */
  readonly namesRoles: boolean;
}

/** Browsers and mail programs cut longer ones. */
const LONGEST_LINK = 2_000;

/** Stands in the commands for what the client alone knows: left as it is, the template refuses it and says why. */
const UNITS_TO_FILL_IN = 'ou-REPLACE-THIS';

/**
 * Builds a launch's links. Throws `link-too-long` where the quick-create link would pass 2,000 characters, in
 * whichever region the client may choose; it names the setting to shorten, and by how much.
 * Source: CloudFormation User Guide, "Create quick-create links for stacks".
 */
export function launchLinks(
  settings: LinkSettings,
  { externalId }: Pick<Client, 'externalId'>,
  launch: Launch,
  token: PageToken,
  templateUrl: string,
): LaunchLinks {
  const callbackUrl =
    launch.callback === 'none'
      ? null
      : `${settings.publicUrl}/callbacks/${launch.callback}/${callbackToken(token)}`;
  // A stack that does not call back cannot say what its role is called, so the role is given a name.
  const told = callbackUrl === null ? { RoleName: launch.stackName } : { CallbackUrl: callbackUrl };
  const parameters: Parameters = { ExternalId: externalId, ...told };
  const quickCreateUrl = quickCreate(settings, launch, templateUrl, parameters);
  refuseTooLong(settings, launch, quickCreateUrl, { callbackUrl, templateUrl });
  const all =
    launchKind(launch) === 'account'
      ? parameters
      : { ...parameters, OrganizationalUnitIds: UNITS_TO_FILL_IN };
  return {
    pageUrl: `${settings.publicUrl}/launch/${token}`,
    callbackUrl,
    quickCreateUrl,
    commands: {
      awsCli: awsCli(settings, launch, templateUrl, all),
      terraform: terraform(settings, launch, templateUrl, all),
    },
  };
}

/** Every later link would be too long as well, so what is refused is the longest of the settings in it. */
function refuseTooLong(
  { partition, publicUrl }: LinkSettings,
  { region, regionOpen }: Launch,
  quickCreateUrl: string,
  { callbackUrl, templateUrl }: Pick<LaunchLinks, 'callbackUrl'> & { readonly templateUrl: string },
): void {
  const regions = regionOpen ? partition.regions.map(({ name }) => name.length) : [];
  // The region stands in the host and in the query.
  const length = quickCreateUrl.length + 2 * (Math.max(region.length, ...regions) - region.length);
  if (length <= LONGEST_LINK) return;
  const inLink = (url: string | null) => encodeURIComponent(url ?? '').length;
  const isOurs = callbackUrl !== null && inLink(publicUrl) > inLink(templateUrl);
  throw new Problem(
    'link-too-long',
    `${isOurs ? 'PUBLIC_URL' : 'TEMPLATE_BASE_URL'} is too long by ${length - LONGEST_LINK} characters: the ` +
      `launch link would have ${length}, and ${LONGEST_LINK} are the most.`,
  );
}

type Parameters = Readonly<Record<string, string>>;

function quickCreate(
  settings: LinkSettings,
  launch: Launch,
  templateURL: string,
  parameters: Parameters,
): string {
  const { region, stackName } = launch;
  const console = settings.simulatorOrigin ?? `https://${region}.${settings.partition.consoleDomain}`;
  const fields = Object.entries(parameters).map(([name, value]) => [`param_${name}`, value] as const);
  const query = [['templateURL', templateURL] as const, ['stackName', stackName] as const, ...fields]
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return `${console}/cloudformation/home?region=${region}#/stacks/create/review?${query}`;
}

function awsCli(settings: LinkSettings, launch: Launch, templateUrl: string, parameters: Parameters): string {
  const list = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  }));
  return [
    'aws cloudformation create-stack',
    `--region ${launch.region}`,
    `--stack-name ${launch.stackName}`,
    `--template-url ${shellQuoted(templateUrl)}`,
    `--capabilities ${capability(settings, parameters)}`,
    `--parameters ${shellQuoted(JSON.stringify(list))}`,
    ...(settings.simulatorOrigin === null ? [] : [`--endpoint-url ${settings.simulatorOrigin}`]),
  ].join(' ');
}

function terraform(
  settings: LinkSettings,
  launch: Launch,
  templateUrl: string,
  parameters: Parameters,
): string {
  const lines = Object.entries(parameters).map(([name, value]) => `    ${name} = ${JSON.stringify(value)}`);
  return [
    `resource "aws_cloudformation_stack" "rolecall" {`,
    `  name         = ${JSON.stringify(launch.stackName)}`,
    `  template_url = ${JSON.stringify(templateUrl)}`,
    `  capabilities = [${JSON.stringify(capability(settings, parameters))}]`,
    `  parameters = {`,
    ...lines,
    `  }`,
    `}`,
  ].join('\n');
}

/** What has to be acknowledged. Source: CloudFormation API, CreateStack, "Capabilities". */
function capability({ namesRoles }: LinkSettings, parameters: Parameters): string {
  return parameters['RoleName'] === undefined && !namesRoles ? 'CAPABILITY_IAM' : 'CAPABILITY_NAMED_IAM';
}

/** Quotes a word for a POSIX shell. */
function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

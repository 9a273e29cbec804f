import type { FailureWords } from './failure.js';

/** Why an account could not come in by an organization's link, beside what any account may fail by. */
export const organizationFailures = {
  'organization-not-connected': {
    message: 'The organization’s management account is not connected, so nobody can say who its members are.',
    remedy:
      'Launch the stack in the management account and wait until it is connected; its stack set then rolls out ' +
      'to the members.',
    causes: [
      'The management account’s stack was deleted, or the service let that account go. Members that are ' +
        'connected stay so; new ones are not let in.',
      'The template was rolled out to members by hand, before the management account was connected.',
    ],
  },
  'not-the-management-account': {
    message: 'This AWS account is not the management account of its organization.',
    remedy: 'Delete this stack and launch it in the management account, which rolls it out to the members.',
    causes: [
      'The console was signed in to a member account. The account menu at its top right shows the number; AWS ' +
        'Organizations shows which one is the management account.',
      'A delegated administrator for CloudFormation is a member account, and cannot do this.',
    ],
  },
  'organization-without-all-features': {
    message: 'The organization has consolidated billing alone, and stack sets need all of its features.',
    remedy:
      'Have all features enabled in AWS Organizations, under Settings, then delete this stack and launch it again.',
  },
  'organization-not-readable': {
    message: 'AWS Organizations could not be asked through the management account’s role.',
    remedy:
      'See that the management account is in an organization, and that the role’s policy OrganizationInspection ' +
      'is as the template made it. Then delete this stack and launch it again; in a member account, update the ' +
      'stack set, which tries anew where it failed.',
    causes: [
      'The role may not call organizations:DescribeOrganization or organizations:ListAccounts: the policy ' +
        'OrganizationInspection was changed, or a permissions boundary denies it.',
      'The account is not in an organization.',
      'AWS did not answer, or asked to slow down, until the time ran out. Nothing is wrong then; try again.',
    ],
  },
  'not-in-organization': {
    message: 'The organization does not list this AWS account as an active member.',
    remedy:
      'Delete this stack. If the account is to be connected, have it join the organization, or ask for a link of ' +
      'its own.',
    causes: [
      'The account has left the organization, is suspended or is being closed.',
      'Somebody outside of the organization used the callback address of its stacks.',
    ],
  },
} as const satisfies Record<string, FailureWords>;

import { createStack } from '../cloudformation/create-stack.js';
import { deleteStack } from '../cloudformation/delete-stack.js';
import { shownParameters } from '../cloudformation/describe.js';
import { liveStacks, type Stack } from '../cloudformation/stack.js';
import { parseTemplate } from '../cloudformation/template.js';
import { templateSource } from '../cloudformation/template-source.js';
import { isAccountId } from '../identity/account.js';
import { administratorOf, type Caller } from '../identity/caller.js';
import { validationError } from '../wire/aws-error.js';
import { isObject, type Json, parseJson } from '../wire/json.js';
import type { World } from '../world.js';
import { parameterGroups } from './parameter-groups.js';

/** What the quick-create page shows of a template. */
export function showTemplate(world: World, url: string): unknown {
  const template = parseTemplate(templateSource(world, { url }));
  return {
    description: template.description,
    groups: parameterGroups(template),
    needsAcknowledgement: [...template.resources.values()].some(({ type }) => type.startsWith('AWS::IAM::')),
  };
}

/** Creates the stack that the page asks for, as the account's administrator. */
export function createFromConsole(world: World, body: Buffer): { stackId: string } {
  const form = parseJson(body.toString('utf8'));
  if (!isObject(form)) throw validationError('the body is an object');
  const given = isObject(form['parameters']) ? form['parameters'] : {};
  const stack = createStack(world, signIn(world, form['account'], form['region']), {
    name: String(form['name']),
    templateBody: templateSource(world, { url: String(form['templateUrl']) }),
    parameters: new Map(Object.entries(given).map(([key, value]) => [key, String(value)])),
    capabilities: form['acknowledged'] === true ? ['CAPABILITY_NAMED_IAM'] : [],
    onFailure: 'ROLLBACK',
    tags: new Map(),
  });
  return { stackId: stack.id };
}

/** One stack with its events, the newest first. */
export function showStack(world: World, query: URLSearchParams): unknown {
  const stack = findById(world, query);
  const { id, name, status, statusReason, outputs, events } = stack;
  const parameters = Object.fromEntries(shownParameters(stack));
  return {
    id,
    name,
    account: stack.account.id,
    status,
    statusReason,
    parameters,
    outputs,
    events: events.toReversed(),
  };
}

/** The live stacks of an account, the newest first. */
export function listStacks(world: World, query: URLSearchParams): unknown {
  const { account, region } = signIn(world, query.get('account'), query.get('region'));
  return liveStacks(world, account, region)
    .reverse()
    .map(({ id, name, status, createdAt }) => ({ id, name, status, createdAt }));
}

/** Deletes a stack. */
export function deleteFromConsole(world: World, query: URLSearchParams): { stackId: string } {
  const stack = findById(world, query);
  deleteStack(world, stack);
  return { stackId: stack.id };
}

function findById(world: World, query: URLSearchParams): Stack {
  const stack = world.stacks.get(query.get('id') ?? '');
  if (stack === undefined) throw validationError(`Stack with id ${query.get('id')} does not exist`);
  return stack;
}

function signIn(world: World, account: Json | undefined, region: Json | undefined): Caller {
  if (typeof account !== 'string' || !isAccountId(account)) {
    throw validationError('The account is a number of 12 digits');
  }
  if (typeof region !== 'string' || region === '') throw validationError('The region is missing');
  return administratorOf(world.accounts.open(account, region), region);
}

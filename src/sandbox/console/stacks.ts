import { createStack } from '../cloudformation/create-stack.js';
import { deleteStack } from '../cloudformation/delete-stack.js';
import { shownParameters } from '../cloudformation/describe.js';
import { liveStacks, type Stack } from '../cloudformation/stack.js';
import { parseTemplate } from '../cloudformation/template.js';
import { templateSource } from '../cloudformation/template-source.js';
import { updateStack } from '../cloudformation/update-stack.js';
import { isAccountId } from '../identity/account.js';
import { administratorOf, type Caller } from '../identity/caller.js';
import { validationError } from '../wire/aws-error.js';
import { isObject, type Json, type JsonObject, parseJson } from '../wire/json.js';
import type { World } from '../world.js';
import { parameterGroups } from './parameter-groups.js';

/** What the console shows of a template: one at a URL, or the one that a stack has. */
export function showTemplate(world: World, query: URLSearchParams): unknown {
  const stackId = query.get('stackId');
  const template =
    stackId === null
      ? parseTemplate(templateSource(world, { url: query.get('url') ?? '' }))
      : findById(world, stackId).template;
  return {
    description: template.description,
    groups: parameterGroups(template),
    needsAcknowledgement: [...template.resources.values()].some(({ type }) => type.startsWith('AWS::IAM::')),
  };
}

/** Creates the stack that the page asks for, as the account's administrator. */
export function createFromConsole(world: World, body: Buffer): { stackId: string } {
  const form = readForm(body);
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

/** Updates a stack as the page asks; an empty template URL keeps the template, and `null` a parameter's value. */
export function updateFromConsole(world: World, query: URLSearchParams, body: Buffer): { stackId: string } {
  const form = readForm(body);
  const given = isObject(form['parameters']) ? form['parameters'] : {};
  const url = form['templateUrl'];
  const stack = findById(world, query.get('id'));
  updateStack(world, administratorOf(stack.account, stack.region), stack, {
    templateBody: typeof url === 'string' && url !== '' ? templateSource(world, { url }) : undefined,
    parameters: new Map(
      Object.entries(given).map(([key, value]) => [key, value === null ? undefined : String(value)]),
    ),
    capabilities: form['acknowledged'] === true ? ['CAPABILITY_NAMED_IAM'] : [],
    tags: undefined,
  });
  return { stackId: stack.id };
}

/** One stack with its events, the newest first. */
export function showStack(world: World, query: URLSearchParams): unknown {
  const stack = findById(world, query.get('id'));
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
  const stack = findById(world, query.get('id'));
  deleteStack(world, administratorOf(stack.account, stack.region), stack);
  return { stackId: stack.id };
}

function readForm(body: Buffer): JsonObject {
  const form = parseJson(body.toString('utf8'));
  if (!isObject(form)) throw validationError('the body is an object');
  return form;
}

function findById(world: World, id: string | null): Stack {
  const stack = world.stacks.get(id ?? '');
  if (stack === undefined) throw validationError(`Stack with id ${id} does not exist`);
  return stack;
}

function signIn(world: World, account: Json | undefined, region: Json | undefined): Caller {
  if (typeof account !== 'string' || !isAccountId(account)) {
    throw validationError('The account is a number of 12 digits');
  }
  if (typeof region !== 'string' || region === '') throw validationError('The region is missing');
  return administratorOf(world.accounts.open(account, region), region);
}

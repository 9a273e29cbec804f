import type { Caller } from '../../identity/caller.js';
import { AwsError } from '../../wire/aws-error.js';
import { isObject, type Json } from '../../wire/json.js';
import type { World } from '../../world.js';
import { generatedName, Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import { type Created, ResourceFailure, type ResourceType } from '../resource-type.js';
import { type Stack, type StackResource, stackArnFor } from '../stack.js';
import { templateSource } from '../template-source.js';
import { unlessStopped } from '../unless-stopped.js';

/** AWS::CloudFormation::Stack: a stack in a stack. It has the capabilities that were given to the one above. */
export const nestedStack: ResourceType = {
  required: ['TemplateURL'],
  properties: ['NotificationARNs', 'Parameters', 'Tags', 'TemplateURL', 'TimeoutInMinutes'],
  createOnly: [],
  alwaysUpdated: true,
  async create(work) {
    const { world, stack, resource } = work;
    const { launcher } = stack;
    const name = generatedName(stack, resource.planned.declaration.logicalId, 128);
    requireCalls(work, ['cloudformation:CreateStack'], stackArnFor(world, launcher, name));
    const made = inWords(() =>
      world.engine.createStack(world, launcher, {
        name,
        ...nestedContent(world, launcher, resource),
        capabilities: stack.capabilities,
        // The stack above rolls back, and deletes this one by doing so.
        onFailure: 'DO_NOTHING',
        parent: stack,
      }),
    );
    // From here on it is there, whatever comes of it; a rollback deletes it by this ID.
    resource.physicalId = made.id;
    await unlessStopped(work, settled(world, made));
    if (made.status === 'CREATE_COMPLETE') return created(made);
    throw new ResourceFailure(
      `Embedded stack ${made.id} was not successfully created: ${made.statusReason ?? made.status}`,
    );
  },
  async update(work) {
    const { world, stack, resource } = work;
    const known = world.stacks.get(resource.physicalId ?? '');
    if (known === undefined || known.deletedAt !== undefined)
      throw new ResourceFailure(`Stack [${resource.physicalId}] does not exist`);
    requireCalls(work, ['cloudformation:UpdateStack'], known.id);
    const from = known.events.length;
    const { capabilities, launcher } = stack;
    const content = { ...nestedContent(world, launcher, resource), capabilities };
    try {
      inWords(() => world.engine.updateStack(world, launcher, known, content));
    } catch (error) {
      if (error instanceof ResourceFailure && error.message === 'No updates are to be performed.')
        return created(known);
      throw error;
    }
    // An update that is under way is never left alone: the one above rolls back what it came to.
    await settled(world, known);
    if (known.status === 'UPDATE_COMPLETE') return created(known);
    const reason = known.events.slice(from).find(({ status }) => status === 'UPDATE_ROLLBACK_IN_PROGRESS');
    throw new ResourceFailure(
      `Embedded stack ${known.id} was not successfully updated. Currently in ${known.status} with reason: ${reason?.reason ?? known.statusReason}`,
    );
  },
  async delete(work) {
    const { world, stack, resource } = work;
    const known = world.stacks.get(resource.physicalId ?? '');
    if (known === undefined || known.deletedAt !== undefined) return;
    requireCalls(work, ['cloudformation:DeleteStack'], known.id);
    if (/^UPDATE_.*IN_PROGRESS$/.test(known.status)) await settled(world, known);
    world.engine.deleteStack(world, stack.launcher, known);
    await settled(world, known);
    if (known.deletedAt !== undefined) return;
    throw new ResourceFailure(
      `Embedded stack ${known.id} was not successfully deleted: ${known.statusReason ?? known.status}`,
    );
  },
};

/**
 * What a nested stack is to be: its template read from the bucket with the rights of `reader`, its parameters as texts.
 * Throws `ResourceFailure`.
 */
export function nestedContent(world: World, reader: Caller, resource: StackResource) {
  const properties = new Properties(resource);
  const parameters = properties.raw('Parameters') ?? {};
  const tags = properties.objects('Tags').map(({ Key, Value }) => [String(Key), String(Value)] as const);
  if (!isObject(parameters)) throw new ResourceFailure('Value of property Parameters must be an object');
  return {
    templateBody: inWords(() => templateSource(world, { url: properties.required('TemplateURL') }, reader)),
    parameters: new Map(Object.entries(parameters).map(([key, value]) => [key, parameterText(value)])),
    tags: new Map(tags),
  };
}

/** A list is handed down as its items, with commas between. */
function parameterText(value: Json): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** What CloudFormation refuses at once is said in the event as it is, without the words about a handler. */
function inWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof AwsError ? new ResourceFailure(error.message) : error;
  }
}

async function settled(world: World, stack: Stack): Promise<void> {
  let work: Promise<void> | undefined;
  while (work !== stack.work) {
    work = stack.work;
    await work;
  }
  world.background.signal.throwIfAborted();
}

function created({ id, outputs }: Stack): Created {
  const attributes = Object.fromEntries(outputs.map(({ key, value }) => [`Outputs.${key}`, value]));
  return { physicalId: id, attributes };
}

import type { createStack } from './create-stack.js';
import type { deleteStack } from './delete-stack.js';
import type { prepareStack } from './prepare-stack.js';
import type { updateStack } from './update-stack.js';

/** What makes stacks. A stack set gets it from the world: the engine knows that type of resource, so the type cannot import it. */
export interface StackEngine {
  readonly prepareStack: typeof prepareStack;
  readonly createStack: typeof createStack;
  readonly updateStack: typeof updateStack;
  readonly deleteStack: typeof deleteStack;
}

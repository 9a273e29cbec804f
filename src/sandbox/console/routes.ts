import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import { isAccountId } from '../identity/account.js';
import { AwsError } from '../wire/aws-error.js';
import { jsonReply, type Reply, type Request } from '../wire/exchange.js';
import type { World } from '../world.js';
import { pageHeaders } from './page-headers.js';
import {
  createFromConsole,
  deleteFromConsole,
  listStacks,
  showStack,
  showTemplate,
  updateFromConsole,
} from './stacks.js';

/** Where the console's page is; its assets and data lie below. */
export const consolePath = '/cloudformation/home';

const folder = fileURLToPath(new URL('.', import.meta.url));
const eta = new Eta({ views: folder, cache: true });
const script = 'text/javascript; charset=utf-8';
const assets: ReadonlyMap<string, string> = new Map([
  ['/console.css', 'text/css; charset=utf-8'],
  ['/console.js', script],
  ['/call.js', script],
  ['/elements.js', script],
  ['/fields.js', script],
  ['/review.js', script],
  ['/stack.js', script],
  ['/update.js', script],
]);

/** Answers the console's page, its assets and its data. Whoever can reach it may act in any account. */
export async function answerConsole(world: World, request: Request): Promise<Reply> {
  const path = request.path.slice(consolePath.length);
  const type = assets.get(path);
  if (type !== undefined) {
    const body = await readFile(folder + path.slice(1));
    return { status: 200, headers: { ...pageHeaders, 'content-type': type }, body };
  }
  switch (`${request.method} ${path}`) {
    case 'GET ':
      return page(request);
    case 'GET /template':
      return jsonReply(showTemplate(world, request.query));
    case 'GET /stacks':
      return jsonReply(
        request.query.has('id') ? showStack(world, request.query) : listStacks(world, request.query),
      );
    case 'POST /stacks':
      return jsonReply(createFromConsole(world, request.body), 201);
    case 'PATCH /stacks':
      return jsonReply(updateFromConsole(world, request.query, request.body));
    case 'DELETE /stacks':
      return jsonReply(deleteFromConsole(world, request.query));
    default:
      throw new AwsError('NotFound', 'The console has no such page', 404);
  }
}

function page(request: Request): Reply {
  const region = /^[a-z0-9-]+$/.exec(request.query.get('region') ?? '')?.[0] ?? 'us-east-1';
  const asked = request.query.get('account') ?? '';
  const account = isAccountId(asked) ? asked : '111122223333';
  const body = eta.render('./page', { region, account });
  return { status: 200, headers: { ...pageHeaders, 'content-type': 'text/html; charset=utf-8' }, body };
}

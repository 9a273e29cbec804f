import type { Test } from 'tap';
import { api, type Json, type RunningService, startService, startWorld, type WorldOptions } from './world.js';

/** A sandbox and a service for all tests of a file, ended with them, and what those tests ask all the time. */
export async function startDeployment(
  t: Pick<Test, 'teardown'>,
  { environment, ...options }: WorldOptions & { readonly environment?: NodeJS.ProcessEnv } = {},
) {
  const world = await startWorld(options);
  const service = await startService(world, undefined, environment);
  t.teardown(async () => {
    await service.kill();
    await world.close();
  });

  /** A client, or what is below it, as the API shows it. */
  const read = async (client: Json, path = '', at: Pick<RunningService, 'url'> = service): Promise<Json> =>
    (await api(at, 'GET', `/v1/clients/${client.id}${path}`)).body;

  return {
    world,
    service,
    clientOf: (client: Json) => read(client),
    accountsOf: async (client: Json, at?: Pick<RunningService, 'url'>): Promise<Json> =>
      (await read(client, '/accounts', at)).items,
    /** The types of all its events: credentials fill more than a page. */
    async eventsOf(client: Json): Promise<string[]> {
      const types: string[] = [];
      for (let cursor = ''; ; ) {
        const { items, nextCursor } = await read(client, `/events?limit=100${cursor}`);
        types.push(...items.map(({ type }: Json) => type));
        if (nextCursor === null) return types;
        cursor = `&cursor=${nextCursor}`;
      }
    },
  };
}

import { once } from 'node:events';
import { type LoadBalancer, type LoadBalancerOptions, startLoadBalancer } from './load-balancer.js';
import { type RunningService, startService, type World } from './world.js';

/** Instances of the service on one table, behind one load balancer, which is their PUBLIC_URL. */
export interface Fleet {
  readonly balancer: LoadBalancer;
  readonly instances: readonly RunningService[];
  /** How many were killed so far. */
  readonly kills: number;
  /** Starts one more. */
  add(extra?: NodeJS.ProcessEnv): Promise<RunningService>;
  /** SIGKILL, found out by the load balancer as by any client: its connections break off. */
  kill(instance: RunningService): Promise<void>;
  /** SIGTERM once the load balancer sends it nothing new, as where a deployment replaces it. Returns its exit code. */
  stop(instance: RunningService): Promise<number | null>;
  close(): Promise<void>;
}

export async function startFleet(
  world: World,
  extras: readonly NodeJS.ProcessEnv[],
  options?: LoadBalancerOptions,
): Promise<Fleet> {
  const balancer = await startLoadBalancer(options);
  const instances: RunningService[] = [];
  let kills = 0;

  const add = async (extra: NodeJS.ProcessEnv = {}): Promise<RunningService> => {
    const instance = await startService(world, undefined, {
      PUBLIC_URL: balancer.url,
      LOG_LEVEL: process.env['FAULTS_LOG'] ?? 'warn',
      ...extra,
    });
    instances.push(instance);
    balancer.add(instance.url);
    return instance;
  };

  const kill = async (instance: RunningService): Promise<void> => {
    const place = instances.indexOf(instance);
    if (place < 0) return;
    instances.splice(place, 1);
    kills += 1;
    await instance.kill('SIGKILL');
    balancer.remove(instance.url);
  };

  const stop = async (instance: RunningService): Promise<number | null> => {
    instances.splice(instances.indexOf(instance), 1);
    balancer.remove(instance.url);
    const ended = once(instance.process, 'exit');
    instance.process.kill('SIGTERM');
    const [code] = await ended;
    return code;
  };

  await Promise.all(extras.map(add));
  return {
    balancer,
    instances,
    get kills() {
      return kills;
    },
    add,
    kill,
    stop,
    async close() {
      await Promise.all(instances.map((instance) => instance.kill()));
      await balancer.close();
    },
  };
}

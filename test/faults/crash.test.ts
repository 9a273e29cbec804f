import t from 'tap';
import { type AskedFault, ask, endFaults, stateOf } from '../support/onboardings.js';
import {
  api,
  createStack,
  eventually,
  invite,
  type Json,
  type RunningService,
  settledStack,
  startService,
  startWorld,
  type World,
} from '../support/world.js';

// Real processes, killed with SIGKILL and started again. Taking over takes its 15 s of silence, so they run side by side.
t.jobs = 4;

interface Step {
  readonly after: string;
  /** What is wrong with AWS until the service has been killed, so that it comes no further. */
  readonly fault?: AskedFault;
  /** Resolves when the onboarding has come just past this step. */
  readonly reached: (world: World, service: RunningService, client: Json) => Promise<unknown>;
}

const accountsOf = async (service: RunningService, client: Json) =>
  (await api(service, 'GET', `/v1/clients/${client.id}/accounts`)).body.items;
/** As while a role that is new is not known everywhere. */
const denied: AskedFault = { name: 'rcp-deny', account: '111122223333' };

const steps: Step[] = [
  {
    after: 'the event is acknowledged',
    fault: denied,
    reached: (world) =>
      eventually(
        () => stateOf(world),
        ({ topics }) =>
          topics.some(({ deliveries }: Json) =>
            deliveries.some(({ type, outcome }: Json) => type === 'Notification' && outcome === 'delivered'),
          ),
      ),
  },
  {
    after: 'the verification has begun',
    fault: denied,
    reached: (_, service, client) =>
      eventually(
        () => accountsOf(service, client),
        ([account]) => account?.status === 'verifying',
      ),
  },
  {
    after: 'the account is connected, before CloudFormation has its answer',
    fault: { name: 'answer-503' },
    reached: (_, service, client) =>
      eventually(
        () => accountsOf(service, client),
        ([account]) => account?.status === 'connected',
      ),
  },
  {
    after: 'the invitation',
    reached: async () => undefined,
  },
];

for (const { after, fault, reached } of steps)
  t.test(
    `killed once ${after} and started again, the service completes the onboarding`,
    { buffered: true },
    async (t) => {
      const world = await startWorld();
      const first = await startService(world);
      const port = Number(new URL(first.url).port);
      if (fault) await ask(world, fault);
      const client = await invite(first);
      const stack = after === 'the invitation' ? null : await createStack(world, client);
      await reached(world, first, client);
      await first.kill('SIGKILL');
      await endFaults(world);
      const second = await startService(world, port);
      t.teardown(async () => {
        await second.kill();
        await world.close();
      });
      const { status, reasons } = await settledStack(world, stack ?? (await createStack(world, client)));
      t.equal(status, 'CREATE_COMPLETE', reasons);
      const accounts = await accountsOf(second, client);
      t.match(accounts, [{ status: 'connected', verdict: { failure: null } }]);
      const { body } = await api(second, 'GET', `/v1/clients/${client.id}/events`);
      t.same(
        body.items.map(({ type }: Json) => type),
        ['client.invited', 'stack.started', 'account.verifying', 'account.connected'],
        'nothing is told twice',
      );
    },
  );

t.test('a service that is asked to stop hands over what it holds', { buffered: true }, async (t) => {
  const world = await startWorld();
  const [first, second] = await Promise.all([startService(world), startService(world)]);
  const client = await invite(first);
  await ask(world, denied);
  const stack = await createStack(world, client);
  await eventually(
    () => accountsOf(second, client),
    ([account]) => account?.status === 'verifying',
  );
  await first.kill('SIGTERM');
  await endFaults(world);
  t.equal(first.process.exitCode, 0);
  t.teardown(async () => {
    await second.kill();
    await world.close();
  });
  t.equal((await settledStack(world, stack)).status, 'CREATE_COMPLETE');
});

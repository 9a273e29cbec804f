import { mock } from 'node:test';
import t from 'tap';
import type { Stack } from '../../src/core/stack.js';
import { HoldLost, holdStack } from '../../src/onboarding/hold-stack.js';
import { settleStack } from '../../src/onboarding/settle-stack.js';
import { aClient, aStack, must, now, provider } from '../core/things.js';
import { Memory } from './memory.js';

t.beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
t.afterEach(() => mock.timers.reset());

/** Lets so much time pass for intervals, and whatever waits for it go on. */
async function pass(milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= 1_000) {
    mock.timers.tick(Math.min(left, 1_000));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function holding() {
  const memory = new Memory(aClient({ rev: null }), aStack({ rev: null }));
  const ports = {
    around: memory.around,
    commit: memory.commit,
    unlessItHangs: <Result>(work: Promise<Result>) => work,
    sleep: async () => undefined,
    backoff: async () => undefined,
  };
  const hold = holdStack(ports, only(memory), null);
  return { memory, hold };
}

function only(memory: Memory): Stack {
  return must(memory.all('stack')[0]);
}

t.test('a stack is written every four seconds while something is done that takes long', async (t) => {
  const { memory, hold } = holding();
  const result = await hold.during(async () => {
    await pass(3_000);
    t.equal(memory.commits, 0, 'not yet');
    await pass(10_000);
    return 'done';
  });
  t.equal(result, 'done');
  t.equal(memory.commits, 3, 'at 4, 8 and 12 seconds');
  t.equal(hold.stack.rev, only(memory).rev, 'and is held at the revision written last');
  await pass(60_000);
  t.equal(memory.commits, 3, 'and is not written any more once it is done');
});

t.test('what is done quickly writes nothing', async (t) => {
  const { memory, hold } = holding();
  t.equal(await hold.during(async () => 7), 7);
  t.equal(memory.commits, 0);
});

t.test('a stack that another instance took meanwhile is lost, whatever came of the work', async (t) => {
  const { memory, hold } = holding();
  const before = only(memory);
  const lost: unknown = await hold
    .during(async () => {
      memory.write({ ...before, attempts: 99 });
      await pass(30_000);
      return 'done';
    })
    .catch((error) => error);
  t.ok(lost instanceof HoldLost);
  t.match(only(memory), { attempts: 99 }, 'the other’s stack stands');
  t.equal(memory.commits, 1, 'one write fails, and no other is tried');
});

t.test('what the work throws comes through, and the stack is not written after it', async (t) => {
  const { memory, hold } = holding();
  await t.rejects(
    hold.during(async () => {
      await pass(5_000);
      throw new Error('STS is out of order');
    }),
    /out of order/,
  );
  await pass(60_000);
  t.equal(memory.commits, 1);
});

t.test('a table that cannot be written makes the work fail, so that the due walk tries again', async (t) => {
  const { memory, hold } = holding();
  memory.before = () => {
    throw new Error('the table is out of reach');
  };
  await t.rejects(
    hold.during(() => pass(5_000)),
    /out of reach/,
  );
});

t.test('an instance that loses its stack in a slow attempt lets go without a word', async (t) => {
  const memory = new Memory(aClient({ rev: null }), aStack({ rev: null }));
  const sent: unknown[] = [];
  await settleStack(
    {
      ...provider,
      around: memory.around,
      commit: memory.commit,
      backoff: async () => undefined,
      unlessItHangs: <Result>(work: Promise<Result>) => work,
      sleep: async () => undefined,
      uuid: () => '00000000-0000-4000-8000-000000000001',
      enterRole: async () => {
        memory.write({ ...only(memory), attempts: 99 });
        await pass(5_000);
        return { outcome: 'denied' };
      },
      putAnswer: async (_, body) => {
        sent.push(body);
        return 'accepted';
      },
      responseUrl: (text) => new URL(text),
      now: () => now,
      random: () => 1,
      nextVerification: () => now,
      giveUpAfter: 20,
    },
    only(memory),
    null,
  );
  t.match(only(memory), { attempts: 99, requests: [{ answer: null, outcome: null }] });
  t.strictSame(sent, []);
  t.strictSame(memory.all('account'), []);
});

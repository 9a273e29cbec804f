import t from 'tap';
import { type Stack, stackKey } from '../../src/core/stack.js';
import { makeStackWalk, type StackWalkPorts } from '../../src/due/stacks.js';
import { aStack, must, now, stackIdText } from '../core/things.js';
import { Memory } from '../onboarding/memory.js';

/** One instance that walks over a memory's stacks, with a stopwatch and a wall clock of its own. */
function walker(memory: Memory, changes: Partial<StackWalkPorts> = {}) {
  const clock = { wall: now + 60_000, stopwatch: 0 };
  const taken: Stack[] = [];
  const walk = makeStackWalk({
    shards: 2,
    dueStacks: async (shard, time) =>
      shard === 1 ? [] : memory.all('stack').filter(({ due }) => due !== null && due <= time),
    commit: memory.commit,
    now: () => clock.wall,
    stopwatch: () => clock.stopwatch,
    isHeldHere: () => false,
    settle: (stack) => taken.push(stack),
    failed: (error) => {
      throw error;
    },
    ...changes,
  });
  return { clock, taken, walk };
}

t.test(
  'a stack is taken over once its holder was silent for 15 seconds, by this instance’s own stopwatch',
  async (t) => {
    const memory = new Memory(aStack({ rev: null }));
    const { clock, taken, walk } = walker(memory);
    for (const time of [0, 1_000, 14_999]) {
      clock.stopwatch = time;
      await walk();
      t.strictSame(taken, [], `after ${time} ms`);
    }
    const before = must(memory.all('stack')[0]).rev;
    clock.stopwatch = 15_000;
    await walk();
    t.equal(taken.length, 1);
    t.equal(taken[0]?.rev, memory.all('stack')[0]?.rev, 'it is held at the revision that was written');
    t.not(taken[0]?.rev, before, 'so that the old holder finds out');
  },
);

t.test('whatever the wall clocks say, nothing is stolen', async (t) => {
  const memory = new Memory(aStack({ rev: null }));
  const { clock, taken, walk } = walker(memory);
  for (const jump of [0, 24 * 3_600_000, 365 * 24 * 3_600_000, 50_000]) {
    clock.wall = now + 60_000 + jump;
    clock.stopwatch += 3_000;
    await walk();
  }
  t.strictSame(taken, []);
  clock.wall = now - 60_000;
  clock.stopwatch = 60_000;
  await walk();
  t.strictSame(taken, [], 'what is not overdue by this clock is left alone');
  clock.wall = now + 60_000;
  await walk();
  t.strictSame(taken, [], 'and then it is watched from the beginning');
  clock.stopwatch += 15_000;
  await walk();
  t.equal(taken.length, 1);
});

t.test('a holder that writes now and then keeps its stack', async (t) => {
  const memory = new Memory(aStack({ rev: null }));
  const { clock, taken, walk } = walker(memory);
  for (let time = 0; time < 300_000; time += 5_000) {
    clock.stopwatch = time;
    if (time % 10_000 === 0) memory.write(must(memory.all('stack')[0]));
    await walk();
  }
  t.strictSame(taken, []);
});

t.test('of two instances that find a silent stack at once, one takes it', async (t) => {
  const memory = new Memory(aStack({ rev: null }));
  const read = memory.all('stack');
  const walkers = [1, 2, 3].map(() =>
    walker(memory, { dueStacks: async (shard) => (shard === 0 ? read : []) }),
  );
  for (const { walk } of walkers) await walk();
  for (const { clock } of walkers) clock.stopwatch = 15_000;
  await Promise.all(walkers.map(({ walk }) => walk()));
  t.equal(walkers.flatMap(({ taken }) => taken).length, 1);
});

t.test('what this instance is at itself is left alone', async (t) => {
  const memory = new Memory(aStack({ rev: null }), aStack({ rev: null, stackId: stackIdText(2) }));
  const held = stackKey(aStack());
  const { clock, taken, walk } = walker(memory, { isHeldHere: (stack) => stackKey(stack) === held });
  await walk();
  clock.stopwatch = 15_000;
  await walk();
  t.strictSame(
    taken.map(({ stackId }) => stackId),
    [stackIdText(2)],
  );
});

t.test('a stack that its holder put down is taken at once, and is nobody else’s then', async (t) => {
  const memory = new Memory(aStack({ rev: null, free: true }));
  const [one, two] = [walker(memory), walker(memory)];
  await one.walk();
  await two.walk();
  t.equal(one.taken.length, 1);
  t.equal(one.taken[0]?.free, false);
  t.strictSame(two.taken, []);
});

t.test('a stack that was settled and comes again is watched anew', async (t) => {
  const memory = new Memory(aStack({ rev: null }));
  const { clock, taken, walk } = walker(memory);
  await walk();
  const stack = memory.write({ ...must(memory.all('stack')[0]), due: null }) as Stack;
  clock.stopwatch = 10_000;
  await walk();
  memory.write({ ...stack, due: now });
  clock.stopwatch = 20_000;
  await walk();
  t.strictSame(taken, []);
});

t.test('a shard that cannot be read keeps none of the others waiting', async (t) => {
  const memory = new Memory(aStack({ rev: null, free: true }));
  const failures: unknown[] = [];
  const { taken, walk } = walker(memory, {
    dueStacks: async (shard) => {
      if (shard === 0) throw new Error('out of order');
      return memory.all('stack');
    },
    failed: (error) => failures.push(error),
  });
  await walk();
  t.equal(failures.length, 1);
  t.equal(taken.length, 1);
});

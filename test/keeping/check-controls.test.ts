import t from 'tap';
import { makeControls } from '../../src/keeping/check-controls.js';
import type { EnterRole } from '../../src/onboarding/verify-account.js';

const roles = {
  strict: 'arn:aws:iam::888888888888:role/Strict',
  open: 'arn:aws:iam::888888888888:role/Open',
  externalId: 'the-control-id',
};
const MINUTE = 60_000;

type Answer = Awaited<ReturnType<EnterRole>>;
const entered = { outcome: 'entered' } as Answer;
const denied: Answer = { outcome: 'denied' };

/** Controls over a clock and an AWS of the test's. */
interface Watched {
  now: number;
  readonly asked: string[];
  answer: (question: string) => Answer | Promise<Answer>;
  readonly look: () => Promise<string | null>;
}

function controls({ configured = true } = {}): Watched {
  const asked: string[] = [];
  const world: Watched = {
    now: 1_000,
    asked,
    answer: () => entered,
    look: makeControls(
      {
        now: () => world.now,
        uuid: () => 'a-fresh-id',
        async enterRole({ roleArn, externalId }) {
          const question = `${roleArn.slice(roleArn.indexOf('/') + 1)} ${externalId}`;
          asked.push(question);
          return world.answer(question);
        },
      },
      configured ? roles : null,
    ),
  };
  return world;
}
const QUESTIONS = ['Strict the-control-id', 'Open null', 'Open a-fresh-id'];

t.test('the strict role is entered with its ID, the open one without and with a wrong one', async (t) => {
  const { look, asked } = controls();
  t.equal(await look(), null);
  t.strictSame(asked, QUESTIONS);
});

t.test('whichever of the three fails, and however, is said in words', async (t) => {
  const words = [
    'strict control role with its',
    'open control role without an',
    'open control role with a wrong',
  ];
  for (const [place, question] of QUESTIONS.entries())
    for (const answer of [denied, { outcome: 'inconclusive', error: 'Throttling' } as const]) {
      const world = controls();
      world.answer = (asked) => (asked === question ? answer : entered);
      t.equal(
        await world.look(),
        `the ${words[place]} external ID could not be entered (${answer.outcome})`,
        `${question}: ${answer.outcome}`,
      );
    }
});

t.test('what was found stands for five minutes', async (t) => {
  const world = controls();
  await world.look();
  world.answer = () => denied;
  world.now += 5 * MINUTE - 1;
  t.equal(await world.look(), null);
  t.equal(world.asked.length, 3);
  world.now += 1;
  t.match(await world.look(), /could not be entered/);
  t.equal(world.asked.length, 6);
});

t.test('a failure is looked at again after five seconds, and is over once it is over', async (t) => {
  const world = controls();
  world.answer = () => denied;
  t.match(await world.look(), /denied/);
  world.answer = () => entered;
  world.now += 4_999;
  t.match(await world.look(), /denied/, 'all that asked meanwhile are told the same');
  t.equal(world.asked.length, 3);
  world.now += 1;
  t.equal(await world.look(), null);
  world.now += 4 * MINUTE;
  t.equal(await world.look(), null);
  t.equal(world.asked.length, 6, 'and stands for five minutes from then on');
});

t.test('the five seconds count from the answer, not from the question', async (t) => {
  const world = controls();
  world.answer = async () => {
    world.now += 20_000;
    return denied;
  };
  await world.look();
  await world.look();
  t.equal(world.asked.length, 3);
});

t.test('however many ask at once, AWS is asked once', async (t) => {
  const world = controls();
  let answer: (answer: Answer) => void = () => {};
  const later = new Promise<Answer>((resolve) => {
    answer = resolve;
  });
  world.answer = () => later;
  const all = Array.from({ length: 20 }, () => world.look());
  answer(entered);
  t.strictSame(new Set(await Promise.all(all)), new Set([null]));
  t.equal(world.asked.length, 3);
});

t.test('a look that breaks off is no pass, and is taken anew after five seconds', async (t) => {
  const world = controls();
  world.answer = () => Promise.reject(new Error('broken'));
  await t.rejects(world.look(), /broken/);
  world.answer = () => entered;
  await t.rejects(world.look(), /broken/, 'until then');
  world.now += 5_000;
  t.equal(await world.look(), null);
});

t.test('where none are configured, nothing is asked and nothing is wrong', async (t) => {
  const { look, asked } = controls({ configured: false });
  t.equal(await look(), null);
  t.strictSame(asked, []);
});

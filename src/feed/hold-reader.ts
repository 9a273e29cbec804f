import type { Change, Commit } from '../core/change.js';
import type { WebhookReader } from '../core/webhook-reader.js';

export interface HoldReaderPorts {
  readonly commit: Commit;
  /** Milliseconds that go forward only. */
  readonly stopwatch: () => number;
}

/** A webhook's reader in this instance's hands: whoever wrote it last has it. */
export interface ReaderHold {
  readonly reader: WebhookReader;
  /** How long ago it was written, in milliseconds. */
  readonly silence: () => number;
  /** Whether nobody else can have taken it meanwhile. */
  readonly isSure: () => boolean;
  /** Writes how far it has come. Throws `ReaderLost` where somebody else has it. */
  readonly write: (progress: Partial<WebhookReader>) => Promise<void>;
  /** The same together with other things; false where one of those moved. */
  readonly commit: (progress: Partial<WebhookReader>, beside: Change) => Promise<boolean>;
}

/** Thrown where another instance has taken the webhook in hand: what is left is its to do. */
export class ReaderLost extends Error {}

/** How long a revision has to stand unchanged before its holder counts as dead, in milliseconds. */
export const SILENCE = 15_000;
/** Well before that a holder sends nothing any more, until it has written. */
const SURE_FOR = 10_000;

/** Takes a reader in hand, as it was read. Null where somebody else was quicker. */
export async function takeReader(ports: HoldReaderPorts, found: WebhookReader): Promise<ReaderHold | null> {
  const hold = holdReader(ports, found);
  try {
    await hold.write({ free: false });
    return hold;
  } catch (error) {
    if (error instanceof ReaderLost) return null;
    throw error;
  }
}

function holdReader({ commit, stopwatch }: HoldReaderPorts, found: WebhookReader): ReaderHold {
  let reader = found;
  let wroteAt = stopwatch();

  const write = async (progress: Partial<WebhookReader>, beside: Change): Promise<boolean> => {
    // Before it is sent: whoever watches sees it at that moment or later.
    const at = stopwatch();
    const committed = await commit({ ...beside, put: [{ ...reader, ...progress }, ...beside.put] });
    if (!committed.ok) {
      if (committed.lost.some(({ kind }) => kind === 'webhook-reader')) throw new ReaderLost();
      return false;
    }
    const [written] = committed.written;
    if (written?.kind === 'webhook-reader') reader = written;
    wroteAt = at;
    return true;
  };
  const silence = () => stopwatch() - wroteAt;

  return {
    get reader() {
      return reader;
    },
    silence,
    isSure: () => silence() < SURE_FOR,
    async write(progress) {
      await write(progress, { put: [] });
    },
    commit: write,
  };
}

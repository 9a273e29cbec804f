import type { Change, Committed, Entity, Revision } from '../../src/core/change.js';
import type { NewEvent } from '../../src/core/event.js';
import { besides } from '../../src/core/organization.js';
import { stackKey } from '../../src/core/stack.js';
import type { ReadAround } from '../../src/onboarding/surroundings.js';
import { keyOf } from '../../src/store/keys.js';

/** A table in memory that keeps the store's promises: conditions on revisions, all or nothing. */
export class Memory {
  readonly events: NewEvent[] = [];
  readonly #things = new Map<string, Entity>();
  #revisions = 0;
  commits = 0;
  /** Called before each commit, for whatever comes between reading and writing. */
  before: (change: Change) => void = () => undefined;

  constructor(...things: Entity[]) {
    for (const thing of things) this.write(thing);
  }

  /** Writes past all conditions, as another instance would. */
  write(entity: Entity): Entity {
    this.#revisions += 1;
    const written = { ...entity, rev: `m${this.#revisions}` as Revision };
    this.#things.set(nameOf(entity), written);
    return written;
  }

  remove(entity: Entity): void {
    this.#things.delete(nameOf(entity));
  }

  readonly commit = async (change: Change): Promise<Committed> => {
    this.before(change);
    this.commits += 1;
    const all = [...change.put, ...(change.remove ?? [])];
    const lost = all.filter((entity) => (this.#things.get(nameOf(entity))?.rev ?? null) !== entity.rev);
    if (lost.length > 0) return { ok: false, lost };
    for (const entity of change.remove ?? []) this.remove(entity);
    const written = change.put.map((entity) => this.write(entity));
    this.events.push(...(change.events ?? []));
    return { ok: true, written };
  };

  all<Kind extends Entity['kind']>(kind: Kind): Extract<Entity, { kind: Kind }>[] {
    return [...this.#things.values()].filter(
      (entity): entity is Extract<Entity, { kind: Kind }> => entity.kind === kind,
    );
  }

  readonly around: ReadAround = {
    client: async (id) => this.all('client').find((client) => client.id === id) ?? null,
    everything: async (where) => {
      const accounts = this.all('account').filter(({ clientId }) => clientId === where.clientId);
      const others = accounts.filter(({ accountId }) => accountId !== where.accountId);
      return {
        client: await this.around.client(where.clientId),
        account: accounts.find(({ accountId }) => accountId === where.accountId) ?? null,
        stack:
          this.all('stack').find(
            (stack) => stack.clientId === where.clientId && stackKey(stack) === where.stackKey,
          ) ?? null,
        lock: this.all('aws-account').find(({ accountId }) => accountId === where.accountId) ?? null,
        ...besides(await this.around.client(where.clientId), others),
      };
    },
  };
}

function nameOf(entity: Entity): string {
  const { pk, sk } = keyOf(entity);
  return `${pk}|${sk}`;
}

import { accessChanges, type TellAccess } from '../core/access-change.js';
import type { Revision } from '../core/change.js';
import type { Group } from '../core/group.js';
import type { GroupId } from '../core/id.js';

export interface SelectingGroupsPorts {
  /** The groups that have a selector, each at its revision, as an index has them: it may be a moment behind. */
  readonly selecting: () => Promise<ReadonlyMap<GroupId, Revision>>;
  readonly groupsNamed: (ids: readonly GroupId[]) => Promise<readonly Group[]>;
  readonly failed: (error: unknown) => void;
}

/**
 * The groups that take clients in by what they are, at hand: so that it costs no request to tell, in the transaction
 * in which a client comes or changes, who may enter its accounts by that.
 */
export function makeSelectingGroups({ selecting, groupsNamed, failed }: SelectingGroupsPorts) {
  const known = new Map<GroupId, Group>();
  let changes = 0;

  const replace = (ids: readonly GroupId[], groups: readonly Group[]): void => {
    for (const id of ids) known.delete(id);
    for (const group of groups) if (group.selector !== null) known.set(group.id, group);
    changes += 1;
  };

  return {
    /** Looks after what other instances have changed. Reads only those that are at another revision than here. */
    async refresh(): Promise<void> {
      try {
        const before = changes;
        const listed = await selecting();
        const moved = [...new Set([...listed.keys(), ...known.keys()])].filter(
          (id) => listed.get(id) !== known.get(id)?.rev,
        );
        if (moved.length === 0) return;
        const groups = await groupsNamed(moved);
        // What this instance has changed meanwhile is newer than what was read; the next look has the rest.
        if (changes === before) replace(moved, groups);
      } catch (error) {
        failed(error);
      }
    },

    /** This instance has just changed a group. */
    async reread(id: GroupId): Promise<void> {
      replace([id], await groupsNamed([id]));
    },

    tell: ((before, after, told) =>
      accessChanges([...known.values()], before, after, told)) satisfies TellAccess,
  };
}

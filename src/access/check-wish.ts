import { faultsOfMembers, type GroupFields } from '../core/group.js';
import { type ClientId, parseClientId } from '../core/id.js';
import { type FieldError, Problem } from '../core/problem.js';
import { type GroupClientsPorts, groupClients } from './group-clients.js';

/** Fields as they were written: `clients` may hold what is no client's id. */
export type WrittenGroup = Omit<GroupFields, 'clients'> & { readonly clients: readonly string[] };

export interface CheckWishPorts extends GroupClientsPorts {
  /** The names of the profiles that there are. */
  readonly profiles: ReadonlySet<string>;
}

/**
 * Reads what somebody wants a group to be. Those of its clients that it names `already` may have been removed since, so
 * that a list which was read can be sent back. Throws `request-invalid` for clients that are not there and members who are
 * named twice, `profile-unknown`, and `group-too-large` for a selector that looks at too much.
 */
export async function checkWish(
  ports: CheckWishPorts,
  { clients, ...wish }: Partial<WrittenGroup>,
  already: readonly ClientId[] = [],
): Promise<Partial<GroupFields>> {
  const named = clients?.map(parseClientId);
  const known =
    named &&
    new Set([
      ...already,
      ...(await ports.clientsNamed(named.filter((id) => id !== null))).map(({ id }) => id),
    ]);
  const errors: readonly FieldError[] = [
    ...(named ?? []).flatMap((id, place) =>
      id !== null && known?.has(id)
        ? []
        : [{ field: `clients.${place}`, message: 'is not the id of a client' }],
    ),
    ...faultsOfMembers(wish.members ?? []),
  ];
  const [first] = errors;
  if (first !== undefined) throw new Problem('request-invalid', `${first.field} ${first.message}.`, errors);
  await checkSelector(ports, wish);
  return { ...wish, ...(named && { clients: named.filter((id): id is ClientId => id !== null) }) };
}

async function checkSelector(ports: CheckWishPorts, { name = 'the group', selector }: Partial<WrittenGroup>) {
  if (selector === undefined || selector === null) return;
  const { profile } = selector;
  if (profile !== undefined && !ports.profiles.has(profile))
    throw new Problem('profile-unknown', `There are the profiles ${[...ports.profiles].join(', ')}.`);
  await groupClients(ports, { name, clients: [], selector });
}

import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';

type Item = Record<string, AttributeValue>;

/** What was asked of DynamoDB, counted by AWS's rules: DynamoDB Local's own figures for transactions are wrong. */
export interface Metered {
  readonly calls: readonly {
    readonly operation: string;
    readonly writeUnits: number;
    readonly readUnits: number;
  }[];
}

/**
 * Counts what goes through a client: a write unit for each KB begun of the larger of the item before and after,
 * twice that in a transaction, one for each entry that an index gains or loses, a read unit for each 4 KB begun
 * of a consistent read. `plain` reads the items before and is not counted itself.
 * Source: DynamoDB Developer Guide, "Read and write operations", "Global secondary indexes".
 */
export function meter(client: DynamoDBClient, plain: DynamoDBClient): Metered {
  const calls: { operation: string; writeUnits: number; readUnits: number }[] = [];
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = context.commandName?.replace('Command', '') ?? '';
      const writes = writesOf(operation, args.input);
      const factor = operation === 'TransactWriteItems' ? 2 : 1;
      const units = await Promise.all(writes.map((write) => unitsOf(write, plain, factor)));
      const answer = await next(args);
      const writeUnits = units.reduce((sum, one) => sum + one, 0);
      calls.push({ operation, writeUnits, readUnits: readUnitsOf(operation, answer.output) });
      return answer;
    },
    { step: 'initialize', name: 'meter' },
  );
  return { calls };
}

interface Write {
  readonly table: string;
  readonly key: Item;
  /** As it will stand; null where it is deleted, undefined where an expression changes it. */
  readonly after: Item | null | undefined;
}

function writesOf(operation: string, input: unknown): Write[] {
  const asked = input as { TableName?: string; Item?: Item; Key?: Item; TransactItems?: TransactWriteItem[] };
  const table = asked.TableName ?? '';
  if (operation === 'PutItem' && asked.Item) return [{ table, key: keyOf(asked.Item), after: asked.Item }];
  if (operation === 'UpdateItem' && asked.Key) return [{ table, key: asked.Key, after: undefined }];
  if (operation === 'DeleteItem' && asked.Key) return [{ table, key: asked.Key, after: null }];
  return (asked.TransactItems ?? []).flatMap(({ Put, Delete, ConditionCheck }): Write[] => {
    if (Put?.Item) return [{ table: Put.TableName ?? '', key: keyOf(Put.Item), after: Put.Item }];
    if (Delete?.Key) return [{ table: Delete.TableName ?? '', key: Delete.Key, after: null }];
    if (ConditionCheck?.Key)
      return [{ table: ConditionCheck.TableName ?? '', key: ConditionCheck.Key, after: undefined }];
    return [];
  });
}

async function unitsOf({ table, key, after }: Write, plain: DynamoDBClient, factor: number): Promise<number> {
  const { Item } = await plain.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }));
  const before = Item ?? null;
  const stands = after === undefined ? before : after;
  const size = Math.max(sizeOf(before), sizeOf(stands), 1);
  return Math.ceil(size / 1024) * factor + indexUnits(before, stands, '1') + indexUnits(before, stands, '2');
}

/** The indexes hold keys only: an entry that moves is one deleted and one put. */
function indexUnits(before: Item | null, after: Item | null, index: string): number {
  const entry = (item: Item | null) =>
    item?.[`i${index}p`] === undefined ? null : `${item[`i${index}p`]?.S}|${item[`i${index}s`]?.S}`;
  const [from, to] = [entry(before), entry(after)];
  if (from === to) return 0;
  return (from === null ? 0 : 1) + (to === null ? 0 : 1);
}

function readUnitsOf(operation: string, output: unknown): number {
  const { Item, Items, Responses } = output as {
    Item?: Item;
    Items?: Item[];
    Responses?: Record<string, Item[]>;
  };
  if (operation === 'GetItem') return Math.max(1, Math.ceil(sizeOf(Item ?? null) / 4096));
  if (operation === 'BatchGetItem')
    return Object.values(Responses ?? {})
      .flat()
      .reduce((sum, item) => sum + Math.ceil(sizeOf(item) / 4096), 0);
  if (operation !== 'Query') return 0;
  const size = (Items ?? []).reduce((sum, item) => sum + sizeOf(item), 0);
  return Math.max(1, Math.ceil(size / 4096));
}

function keyOf(item: Item): Item {
  return { pk: item['pk'] ?? { S: '' }, sk: item['sk'] ?? { S: '' } };
}

/** Names and values in UTF-8; a number takes about a byte for two digits, and one more. */
function sizeOf(item: Item | null): number {
  return Object.entries(item ?? {}).reduce((sum, [name, value]) => {
    const content =
      value.S !== undefined ? Buffer.byteLength(value.S) : Math.ceil((value.N?.length ?? 0) / 2) + 1;
    return sum + Buffer.byteLength(name) + content;
  }, 0);
}

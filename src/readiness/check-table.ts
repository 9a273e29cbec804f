import { type Finding, OK } from './finding.js';

export interface TablePorts {
  /** Its status as DynamoDB has it. */
  readonly describe: () => Promise<string>;
  readonly tableName: string;
}

/** Whether the table is there and takes reads and writes. It does while it is being updated, too. */
export async function checkTable({ describe, tableName }: TablePorts): Promise<Finding> {
  try {
    const status = await describe();
    if (status === 'ACTIVE' || status === 'UPDATING') return OK;
    return failed(`The table ${tableName} is ${status}. Wait until it is ACTIVE, or restore it.`);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'Error';
    return failed(`The table ${tableName} cannot be used (${name}). ${REMEDIES[name] ?? UNREACHABLE}`);
  }
}

const UNREACHABLE = 'See that DynamoDB can be reached from here, and that AWS_REGION is right.';

const REMEDIES: Readonly<Record<string, string>> = {
  ResourceNotFoundException:
    'Make it (TABLE_CREATE=if-missing) or restore it; or correct TABLE_NAME or AWS_REGION.',
  AccessDeniedException: 'Allow the service dynamodb:DescribeTable, and what else it does with the table.',
};

function failed(detail: string): Finding {
  return { status: 'failed', detail };
}

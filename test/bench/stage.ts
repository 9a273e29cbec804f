import { randomBytes } from 'node:crypto';
import { readConfig } from '../../src/config.js';
import { createTableIfMissing, type Database, openDatabase } from '../../src/store/dynamodb.js';
import { readCatalogue, templatePath } from '../../src/templates/catalogue.js';
import { startWorld, type World } from '../support/world.js';
import { type Gate, openGate } from './gate.js';
import { type Program, startProgram } from './programs.js';

/** The world of all measurements: AWS in this process, and DynamoDB Local, which the programs reach directly. */
export interface Stage extends World {
  /** Where the template is published that clients get who are asked for nothing else. */
  readonly templateUrl: string;
  /** Of Node's, for the programs that are measured. */
  readonly flags: readonly string[];
}

/** `profiles` is a folder for the programs' CPU profiles; undefined takes none. */
export async function openStage(profiles?: string): Promise<Stage> {
  const world = await startWorld();
  const environment = {
    ...world.environment,
    AWS_ENDPOINT_URL_DYNAMODB: process.env['DYNAMODB_LOCAL_URL'],
    LOG_LEVEL: 'info',
  };
  Object.assign(process.env, environment);
  const { trustedPrincipal, templateBaseUrl } = readConfig(environment);
  const template = (await readCatalogue(trustedPrincipal)).template('security-audit', 'sns');
  const flags = profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profiles];
  return { ...world, environment, flags, templateUrl: `${templateBaseUrl}/${templatePath(template)}` };
}

/** One of the two that are compared: instances of it on a table of their own, and a gate before them. */
export interface Side {
  readonly gate: Gate;
  readonly programs: readonly Program[];
  readonly database: Database;
  close(): Promise<void>;
}

const FILES = { service: 'main.js', floor: 'bench/main.js' } as const;

/** `flags` are Node's, besides the stage's. */
export async function openSide(
  stage: Stage,
  name: keyof typeof FILES,
  instances = 1,
  flags: readonly string[] = [],
): Promise<Side> {
  const gate = await openGate();
  const database = await newTable();
  const environment = {
    ...stage.environment,
    TABLE_NAME: database.tableName,
    TABLE_CREATE: 'never',
    TEMPLATE_CHECK: 'skip',
    PUBLIC_URL: gate.url,
    FLOOR_TEMPLATE_URL: stage.templateUrl,
  };
  const programs = await Promise.all(
    Array.from({ length: instances }, () =>
      startProgram(FILES[name], environment, [...stage.flags, ...flags]),
    ),
  );
  gate.targets = programs.map(({ url }) => url);
  return {
    gate,
    programs,
    database,
    async close() {
      await Promise.all(programs.map((program) => program.stop()));
      gate.close();
    },
  };
}

/** The two that onboardings are compared of. */
export interface Pair {
  readonly service: Side;
  readonly floor: Side;
  close(): Promise<void>;
}

export async function openPair(stage: Stage): Promise<Pair> {
  const [service, floor] = await Promise.all([openSide(stage, 'service'), openSide(stage, 'floor')]);
  return {
    ...{ service, floor },
    async close() {
      await Promise.all([service.close(), floor.close()]);
    },
  };
}

export async function newTable(): Promise<Database> {
  const database = openDatabase(`bench-${randomBytes(6).toString('hex')}`);
  await createTableIfMissing(database);
  return database;
}

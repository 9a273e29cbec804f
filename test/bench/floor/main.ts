import { startFloor } from './floor.js';

const { env } = process;
await startFloor({
  port: Number(env['PORT']),
  publicUrl: env['PUBLIC_URL'] ?? '',
  tableName: env['TABLE_NAME'] ?? '',
  key: env['ADMIN_API_KEY'] ?? '',
  templateUrl: env['FLOOR_TEMPLATE_URL'] ?? '',
  simulator: env['AWS_SIMULATOR_URL'] ?? '',
});

// By default a signal ends Node.js at once, and a profile of it is never written.
process.once('SIGTERM', () => process.exit());

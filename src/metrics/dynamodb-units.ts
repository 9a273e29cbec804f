import { Counter, type Registry } from 'prom-client';
import type { ConsumedUnits } from '../store/consumed-units.js';

/** Counts what DynamoDB says its answers cost. */
export function countUnits(registry: Registry): ConsumedUnits {
  const consumed = new Counter({
    name: 'rolecall_dynamodb_units_total',
    help: 'Capacity units that DynamoDB says were consumed; it does not say it of cancelled transactions.',
    labelNames: ['operation', 'kind'],
    registers: [registry],
  });
  return (operation, kind, units) => consumed.inc({ operation, kind }, units);
}

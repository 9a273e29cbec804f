import type { Entity, Revision } from '../core/change.js';
import { accountItem, awsAccountItem } from './account-item.js';
import { answerItem } from './answer-item.js';
import { apiKeyItem } from './api-key-item.js';
import { clientItem, externalIdItem, referenceItem } from './client-item.js';
import { deliveryItem } from './delivery-item.js';
import { deploymentItem, deploymentWatchItem } from './deployment-item.js';
import type { Item } from './document.js';
import { groupItem } from './group-item.js';
import { overviewDayItem, overviewItem } from './overview-item.js';
import { stackItem } from './stack-item.js';
import { webhookItem } from './webhook-item.js';
import { webhookReaderItem } from './webhook-reader-item.js';

/** The item that a thing is stored as, by its kind. */
export function toItem(entity: Entity, rev: Revision): Item {
  switch (entity.kind) {
    case 'client':
      return clientItem.toItem(entity, rev);
    case 'external-id':
      return externalIdItem.toItem(entity, rev);
    case 'reference':
      return referenceItem.toItem(entity, rev);
    case 'account':
      return accountItem.toItem(entity, rev);
    case 'aws-account':
      return awsAccountItem.toItem(entity, rev);
    case 'stack':
      return stackItem.toItem(entity, rev);
    case 'webhook':
      return webhookItem.toItem(entity, rev);
    case 'webhook-reader':
      return webhookReaderItem.toItem(entity, rev);
    case 'delivery':
      return deliveryItem.toItem(entity, rev);
    case 'api-key':
      return apiKeyItem.toItem(entity, rev);
    case 'group':
      return groupItem.toItem(entity, rev);
    case 'deployment':
      return deploymentItem.toItem(entity, rev);
    case 'deployment-watch':
      return deploymentWatchItem.toItem(entity, rev);
    case 'overview':
      return overviewItem.toItem(entity, rev);
    case 'overview-day':
      return overviewDayItem.toItem(entity, rev);
    case 'answer':
      return answerItem.toItem(entity, rev);
  }
}

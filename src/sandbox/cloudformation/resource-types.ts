import type { ResourceType } from './resource-type.js';
import { customResource } from './resources/custom-resource.js';
import { lambdaFunction } from './resources/function.js';
import { group } from './resources/group.js';
import { logGroup } from './resources/log-group.js';
import { managedPolicy } from './resources/managed-policy.js';
import { membership } from './resources/membership.js';
import { nestedStack } from './resources/nested-stack.js';
import { policy } from './resources/policy.js';
import { role } from './resources/role.js';
import { stackSet } from './resources/stack-set.js';
import { subscription } from './resources/subscription.js';
import { topic } from './resources/topic.js';
import { topicPolicy } from './resources/topic-policy.js';
import { user } from './resources/user.js';
import { waitConditionHandle } from './resources/wait-condition-handle.js';

const resourceTypes: ReadonlyMap<string, ResourceType> = new Map([
  ['AWS::CloudFormation::CustomResource', customResource],
  ['AWS::CloudFormation::Stack', nestedStack],
  ['AWS::CloudFormation::StackSet', stackSet],
  ['AWS::CloudFormation::WaitConditionHandle', waitConditionHandle],
  ['AWS::IAM::Group', group],
  ['AWS::IAM::ManagedPolicy', managedPolicy],
  ['AWS::IAM::Policy', policy],
  ['AWS::IAM::Role', role],
  ['AWS::IAM::User', user],
  ['AWS::IAM::UserToGroupAddition', membership],
  ['AWS::Lambda::Function', lambdaFunction],
  ['AWS::Logs::LogGroup', logGroup],
  ['AWS::SNS::Subscription', subscription],
  ['AWS::SNS::Topic', topic],
  ['AWS::SNS::TopicPolicy', topicPolicy],
]);

/** The type with this name, if the sandbox knows it. */
export function findResourceType(name: string): ResourceType | undefined {
  return /^Custom::[\w@-]{1,60}$/.test(name) ? customResource : resourceTypes.get(name);
}

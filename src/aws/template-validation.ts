import { CloudFormationClient, ValidateTemplateCommand } from '@aws-sdk/client-cloudformation';

/** A template by its text or, once it is in a bucket, by its address. */
export type TemplateSource = { readonly body: string } | { readonly url: string };

/** Opens CloudFormation's own check of a template; it returns the fault in CloudFormation's words, or null. */
export function openTemplateValidation(): (source: TemplateSource) => Promise<string | null> {
  const client = new CloudFormationClient();
  return async (source) => {
    const named = 'body' in source ? { TemplateBody: source.body } : { TemplateURL: source.url };
    try {
      await client.send(new ValidateTemplateCommand(named));
      return null;
    } catch (error) {
      if (error instanceof Error && error.name === 'ValidationError') return error.message;
      throw error;
    }
  };
}

import type { Service } from '../../service.js';

/** What every page says of who asks. */
export interface Letterhead {
  /** In the words that the client knows it by. */
  readonly operatorName: string;
  /** Where to turn with a question. */
  readonly support: { readonly url: string; readonly words: string } | null;
  readonly hasLogo: boolean;
}

export function letterhead({ operator: { name, support, logo } }: Pick<Service, 'operator'>): Letterhead {
  return { operatorName: name, support, hasLogo: logo !== null };
}

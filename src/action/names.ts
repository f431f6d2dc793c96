import { parseList } from '../lists.ts';
import { ActionError } from './error.ts';

/** The input `tags` is two languages: what each item is. */
export interface SplitNames {
  /** Rules of metadata-action, and bare tags that belong to `images`. */
  rules: string[];
  /** Full names as build-push-action takes them. */
  full: string[];
}

/**
 * Tells tag rules from full names, so that both docker/metadata-action's and docker/build-push-action's `tags` paste in.
 * A rule has `type=` or another attribute (`KEY=`); what has a slash or a colon is a full name, for no tag may have one;
 * a bare word is a tag of `images` when there are some, else a name (`app` is `app:latest`, as docker reads it).
 */
export function splitNames(items: readonly string[], images: readonly string[]): SplitNames {
  const rules: string[] = [];
  const full: string[] = [];
  for (const item of items) {
    if (isRule(item)) {
      rules.push(item);
      continue;
    }
    for (const name of parseList(item, { name: 'input tags' })) {
      if (/[/:@]/.test(name)) full.push(name);
      else if (images.length > 0) rules.push(name);
      else full.push(name);
    }
  }
  for (const name of full)
    if (name.includes('@'))
      throw new ActionError(
        'bad-input',
        `input tags: expected a name with a tag, found a digest in "${name.slice(0, 120)}"`,
      );
  return { rules, full };
}

/** `type=ref,event=branch`, `priority=900,type=raw,value=x`, `value=x`: an attribute comes first. */
function isRule(item: string): boolean {
  return /^"?[a-z][a-z_-]*=/i.test(item) || /(^|,)"?type=/.test(item);
}

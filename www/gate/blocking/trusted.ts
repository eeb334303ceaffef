/**
 * Scripts are opened under Trusted Types too (`require-trusted-types-for 'script'`): through the policy `placet`, which
 * the page's policy has to name (`trusted-types placet`). It passes on what the page itself has marked up.
 */

import { own } from '../dom.ts';

interface Policy {
  createScript(text: string): string;
  createScriptURL(url: string): string;
}

declare global {
  interface Window {
    trustedTypes?: { createPolicy(name: string, rules: Policy): Policy };
  }
}

const asIs = (text: string): string => text;
const rules: Policy = { createScript: asIs, createScriptURL: asIs };

let policy: Policy | undefined;

/** The policy, made when the first script is opened. Throws where the page's policy does not name `placet`. */
export function trusted(): Policy {
  try {
    return (policy ??= own('trustedTypes')?.createPolicy('placet', rules) ?? rules);
  } catch {
    throw Error('the page\'s policy lacks "trusted-types placet"');
  }
}

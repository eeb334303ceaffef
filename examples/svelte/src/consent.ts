import { init } from 'placet';
import { createConsent } from 'placet/svelte';

export const consent = createConsent(() =>
  init({
    config: {
      services: [
        { slug: 'session', name: 'Session', purpose: 'Necessary', description: 'Keeps you signed in.' },
        { slug: 'youtube', name: 'YouTube', purpose: 'Preference', description: 'Plays our films inside the page.' },
        { slug: 'analytics', name: 'Analytics', purpose: 'Analytical', description: 'Counts who visits us.' },
      ],
    },
    // A site would keep it: fetch('/proofs', { method: 'POST', body: JSON.stringify(proof) })
    onProof: (proof) => console.info('Proof', proof.idempotencyKey),
  }),
);

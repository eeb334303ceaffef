import { init } from 'placet';
import { defineGate } from 'placet/element';

const start = () =>
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
  });

defineGate(start);
const consent = await start();

function tell({ decided, services }) {
  document.querySelector('[role=status]').textContent =
    `${decided ? 'You have chosen' : 'You have not chosen'}; analytics ${services.analytics ? 'may' : 'may not'} run.`;
}
consent.subscribe(() => tell(consent.state));
tell(consent.state);
document.querySelector('button').onclick = () => consent.open();

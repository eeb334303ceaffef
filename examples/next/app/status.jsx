'use client';

import { useConsent } from './consent';

export function Status() {
  const { decided, services, consent } = useConsent();
  return (
    <>
      <p role="status">
        {decided ? 'You have chosen' : 'You have not chosen'}; analytics {services.analytics ? 'may' : 'may not'} run.
      </p>
      <button onClick={() => consent.open()}>Cookie settings</button>
    </>
  );
}

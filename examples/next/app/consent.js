'use client';

import { init } from 'placet';
import { createConsent } from 'placet/react';

export const { ConsentBanner, ConsentGate, useConsent } = createConsent(() =>
  init({
    server: process.env.NEXT_PUBLIC_PLACET_SERVER ?? 'http://localhost:8787',
    key: 'pk_demo',
    widget: 43,
  }),
);

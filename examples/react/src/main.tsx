import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { ConsentBanner } from './consent';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <ConsentBanner />
    <App />
  </StrictMode>,
);

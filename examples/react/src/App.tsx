import { ConsentGate, useConsent } from './consent';

const VIDEO = import.meta.env.VITE_VIDEO ?? 'https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ';

export function App() {
  const { decided, services, consent } = useConsent();
  return (
    <main>
      <h1>Placet in React</h1>
      <ConsentGate service="youtube" fallback={<p>The film is shown once you have allowed YouTube.</p>}>
        <iframe src={VIDEO} title="A film" width="560" height="315" />
      </ConsentGate>
      <p role="status">
        {decided ? 'You have chosen' : 'You have not chosen'}; analytics {services.analytics ? 'may' : 'may not'} run.
      </p>
      <button onClick={() => consent.open()}>Cookie settings</button>
    </main>
  );
}

import { ConsentGate } from './consent';
import { Status } from './status';

const VIDEO = process.env.NEXT_PUBLIC_VIDEO ?? 'https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ';

export default function Page() {
  return (
    <main>
      <h1>Placet in Next.js</h1>
      <ConsentGate service="youtube" fallback={<p>The film is shown once you have allowed YouTube.</p>}>
        <iframe src={VIDEO} title="A film" width="560" height="315" />
      </ConsentGate>
      <Status />
    </main>
  );
}

/** Something of everything, as a page marks it up; the addresses are those of the test. */
export function Marked({ name }) {
  const trackers = process.env.NEXT_PUBLIC_TRACKERS;
  const mark = { type: 'text/plain', 'data-consent': 'analytics' };
  const ran = `fetch('${trackers}/ran?' + (window.runs = (window.runs ?? 0) + 1) + ' ${name}', { mode: 'no-cors' })`;
  return (
    <section>
      <h1>View {name}</h1>
      <script {...mark} dangerouslySetInnerHTML={{ __html: ran }} />
      <script {...mark} data-src={`${trackers}/file.js`} />
      <iframe data-consent="youtube" data-src={`${trackers}/${name}.html`} title={`Film ${name}`} />
      <img data-consent="google-ads" data-src={`${trackers}/${name}.gif`} alt="" />
    </section>
  );
}

export const Snippet = () => <script async src={process.env.NEXT_PUBLIC_SNIPPET} />;

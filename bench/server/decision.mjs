/** What the page of a visitor who has chosen posts to the demo widget. */
import { DEMO } from '../lib/placet.mjs';
import { PAGE } from './load.mjs';

export const POST = `/v1/widgets/${DEMO.id}/consents?key=${DEMO.key}`;
export const GET = `/v1/widgets/${DEMO.id}?key=${DEMO.key}&lang=fr`;

/**
 * The body of such a request, which {@link load} makes a new one each time. `name` is how it names itself: as the SDK does
 * (`UUID`) or at random.
 */
export async function decision(origin, name = 'UUID') {
  const widget = await (await fetch(origin + GET, { headers: PAGE })).json();
  const services = widget.purposes.flatMap(({ purpose, services }) =>
    services.map(({ id, name, slug, version }, index) => ({
      id,
      name,
      slug,
      consent: index % 2 === 0,
      version,
      date: '{{NOW}}',
      purpose,
    })),
  );
  return JSON.stringify({
    sessionId: '{{UUID}}',
    type: 2,
    idempotencyKey: `{{${name}}}`,
    consents: { lang: widget.lang, versionKey: widget.versionKey, cookieConsents: services },
  });
}

// The least that asks, keeps the answer and opens what was granted. It is put into the page, minified: no request.
{
  const part = (id) => document.getElementById(id);

  /** Opens the scripts of the purposes that were granted, each named by a letter. */
  function open(granted) {
    for (const shut of document.querySelectorAll('[type="text/plain"][data-purpose]')) {
      if (!granted.includes(shut.dataset.purpose)) continue;
      const script = document.createElement('script');
      script.text = shut.text;
      shut.replaceWith(script);
    }
  }

  function keep(granted) {
    document.cookie = `consent=${granted};max-age=15552000;path=/;samesite=lax`;
    part('consent').hidden = true;
    open(granted);
  }

  const kept = /(^|; )consent=(\w*)/.exec(document.cookie);
  if (kept) {
    open(kept[2]);
  } else {
    part('consent').hidden = false;
    part('accept').onclick = () => keep('amf');
    part('reject').onclick = () => keep('');
    part('customize').onclick = () => (part('choices').hidden = false);
    part('save').onclick = () =>
      keep([...document.querySelectorAll('#choices [name]:checked')].map(({ name }) => name).join(''));
  }
}

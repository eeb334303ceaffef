// A stand-in for a customer chat: an identifier, a bubble at the bottom left, a panel that answers.
(() => {
  const home = new URL(document.currentScript.src).origin;

  if (!/(?:^|; )driftt_aid=/.test(document.cookie)) {
    const id = `${Date.now().toString(16)}-${Math.floor(Math.random() * 2 ** 32).toString(16)}`;
    document.cookie = `driftt_aid=${id}; Path=/; Max-Age=${2 * 365 * 86400}; SameSite=Lax`;
  }

  const STYLE = `
    :host { position: fixed; inset: auto auto 1rem 1rem; z-index: 900; font: 15px/1.45 system-ui, sans-serif; }
    * { box-sizing: border-box; }
    button { font: inherit; cursor: pointer; }
    :focus-visible { outline: 3px solid #f4c430; outline-offset: 2px; }
    .bubble { display: grid; place-items: center; width: 56px; height: 56px; border: 0; border-radius: 50%;
      background: #2a4fd6; color: #fff; box-shadow: 0 6px 20px rgb(0 0 0 / .28); }
    .panel { position: absolute; bottom: 68px; left: 0; width: min(320px, calc(100vw - 2rem)); overflow: hidden;
      border-radius: 16px; background: #fff; color: #1b2033; box-shadow: 0 12px 40px rgb(0 0 0 / .3); }
    .panel[hidden] { display: none; }
    .head { margin: 0; padding: 14px 16px; background: #2a4fd6; color: #fff; }
    .head strong, .head span { display: block; }
    .talk { display: flex; flex-direction: column; gap: 8px; height: 180px; margin: 0; padding: 14px 16px;
      overflow: auto; list-style: none; }
    .talk li { max-width: 85%; padding: 8px 12px; border-radius: 12px; background: #eef0f8; overflow-wrap: anywhere; }
    .talk li.mine { align-self: flex-end; background: #2a4fd6; color: #fff; }
    form { display: flex; gap: 8px; padding: 10px; border-top: 1px solid #dfe2ee; }
    input { flex: 1; min-width: 0; padding: 8px 10px; border: 1px solid #767d96; border-radius: 8px;
      background: #fff; color: inherit; font: inherit; }
    .send { padding: 8px 12px; border: 0; border-radius: 8px; background: #2a4fd6; color: #fff; }
    @media (prefers-reduced-motion: no-preference) {
      .bubble { animation: arrive .25s ease-out; }
      @keyframes arrive { from { transform: scale(0); } }
    }`;

  const host = document.createElement('div');
  host.id = 'drift-widget';
  host.lang = 'en';
  const root = host.attachShadow({ mode: 'open' });
  root.innerHTML = `
    <div class="panel" id="panel" role="dialog" aria-label="Chat" hidden>
      <p class="head"><strong>Chat with the workshop</strong><span>Usually answers in a few minutes</span></p>
      <ol class="talk" role="log" tabindex="0" aria-label="Messages"><li>Hello! Looking for a bag that fits your bike?</li></ol>
      <form>
        <input name="message" aria-label="Your message" placeholder="Write a message" autocomplete="off">
        <button class="send">Send</button>
      </form>
    </div>
    <button class="bubble" type="button" aria-label="Chat" aria-expanded="false" aria-controls="panel">
      <svg width="26" height="26" viewBox="0 0 26 26" fill="currentColor" aria-hidden="true">
        <path d="M4 3h18a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H11l-6 5v-5H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z"/>
      </svg>
    </button>`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const panel = root.querySelector('.panel');
  const bubble = root.querySelector('.bubble');
  const talk = root.querySelector('.talk');
  const field = root.querySelector('input');

  const show = (open) => {
    panel.hidden = !open;
    bubble.setAttribute('aria-expanded', String(open));
    if (!open) return bubble.focus();
    field.focus();
    new Image().src = `${home}/pixel.gif?event=chat_opened`;
  };
  bubble.addEventListener('click', () => show(panel.hidden));
  panel.addEventListener('keydown', (event) => event.key === 'Escape' && show(false));

  const say = (text, mine) => {
    const line = document.createElement('li');
    line.textContent = text;
    line.classList.toggle('mine', mine);
    talk.append(line);
    talk.scrollTop = talk.scrollHeight;
  };
  root.querySelector('form').addEventListener('submit', (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = '';
    say(text, true);
    setTimeout(() => say('Thank you! Someone at the sewing table will answer shortly.', false), 900);
  });

  const attach = () => document.body.append(host);
  if (document.body) attach();
  else document.addEventListener('DOMContentLoaded', attach, { once: true });
})();

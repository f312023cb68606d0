// The page: what the connection tells, shown; what the user does, told to the connection. Every text is set by textContent.

import { Connection } from './connection.js';
import { dayOf, say, timeOf, translate } from './words.js';

const KEPT = 500; // messages of a conversation on the page
const TYPING = 3_000; // how long somebody is shown to be writing, in milliseconds
const AT_END = 80; // within so many pixels of its end the log follows new messages

const $ = id => document.getElementById(id);

/** Creates an element of a class with a text or children. */
function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

/** Rooms by name, and private conversations by '@' and the name: no room has that key, as rooms are '#' and the name. */
const conversations = new Map();
let current = null;

const roomKey = room => `#${room}`;
const privateKey = name => `@${name}`;
const titleOf = conversation => conversation.room === 'lobby' ? say.lobby : conversation.room ?? conversation.name;

function conversation(key) {
  if (!conversations.has(key)) {
    const name = key.slice(1);
    const kind = key[0] === '#' ? { room: name } : { name };
    conversations.set(key, { key, ...kind, lines: [], failed: [], unread: 0, people: [], typing: new Map(), draft: '' });
  }
  return conversations.get(key);
}

// --- What the server tells ---

const on = {
  state: showState,
  hello() {
    $('naming').close();
    showAll();
  },
  joined({ room, names, messages }) {
    const entered = conversation(roomKey(room));
    entered.people = names;
    addLines(entered, messages);
    current ??= entered;
    showAll();
  },
  history: ({ room, messages }) => addLines(conversation(roomKey(room)), messages),
  said: event => addLines(conversation(roomKey(event.room)), [event]),
  told(event) {
    const other = event.from === connection.name ? event.to : event.from;
    addLines(conversation(privateKey(other)), [{ ...event, seq: event.time }]);
  },
  entered({ room, name }) {
    const entered = conversation(roomKey(room));
    entered.people = [...new Set([...entered.people, name])].sort();
    note(entered, say.entered(name));
  },
  left({ room, name }) {
    const left = conversations.get(roomKey(room));
    if (!left || name === connection.name) return;
    left.people = left.people.filter(other => other !== name);
    left.typing.delete(name);
    note(left, say.left(name));
  },
  renamed({ room, from, to }) {
    const place = conversation(roomKey(room));
    place.people = place.people.map(name => name === from ? to : name).sort();
    note(place, say.renamed(from, to));
  },
  typing({ room, name }) {
    const { typing } = conversation(roomKey(room));
    typing.set(name, Date.now() + TYPING);
    setTimeout(showTyping, TYPING);
    showTyping();
  },
  rooms: ({ rooms }) => showOtherRooms(rooms),
  error({ reason, text, request }) {
    const problem = say.reasons[reason] ?? text;
    if (connection.state === 'unnamed' || $('naming').open) return askName(problem);
    if (request) {
      conversation(request.room ? roomKey(request.room) : privateKey(request.to)).failed.push({ request, problem });
      showLog();
    }
    showProblem(problem);
  },
};

const connection = new Connection(event => on[event.type]?.(event));

function addLines(place, messages) {
  for (const message of messages) {
    place.typing.delete(message.from);
    place.lines.push(message);
    if (message.from !== connection.name && (place !== current || document.hidden)) {
      place.unread += 1;
    }
  }
  place.lines.splice(0, place.lines.length - KEPT);
  if (place === current) appendLines();
  showConversations();
  showTyping();
}

function note(place, text) {
  place.lines.push({ note: text });
  if (place === current) appendLines();
  showPeople();
  showTyping();
}

// --- What is shown ---

function showAll() {
  showConversations();
  showPeople();
  showLog();
  showTyping();
  $('me').textContent = connection.name;
  $('title').textContent = current ? titleOf(current) : '';
  $('leave').hidden = !current || current.room === 'lobby';
}

function showState() {
  const { state } = connection;
  const text = say[state] ?? '';
  $('state').replaceChildren(text);
  $('state').className = state;
  if (state === 'taken') {
    const button = make('button', '', say.continue);
    button.onclick = () => connection.enter(connection.name);
    $('state').append(button);
  }
  if (state === 'unnamed') askName('');
  showLog();
}

function showConversations() {
  const items = [...conversations.values()].map(place => {
    const button = make('button', place.room ? 'room' : 'person', make('span', '', titleOf(place)));
    if (place === current) button.ariaCurrent = 'true';
    if (place.unread) {
      const badge = make('span', 'badge', String(place.unread));
      badge.ariaLabel = say.unread(place.unread);
      button.append(badge);
    }
    button.onclick = () => open(place);
    return make('li', '', button);
  });
  $('rooms').replaceChildren(...items, ...otherRooms.map(room => {
    const button = make('button', 'room other', make('span', '', room.room), make('span', 'size', String(room.people)));
    button.onclick = () => join(room.room);
    return make('li', '', button);
  }));
  const unread = [...conversations.values()].reduce((sum, place) => sum + place.unread, 0);
  document.title = `${unread ? `(${unread}) ` : ''}${current ? `${titleOf(current)} · ` : ''}${say.chat}`;
  const elsewhere = [...conversations.values()].some(place => place !== current && place.unread);
  $('elsewhere').textContent = elsewhere ? '•' : '';
}

let otherRooms = [];
function showOtherRooms(rooms) {
  otherRooms = rooms.filter(({ room }) => !conversations.has(roomKey(room)));
  showConversations();
}

function showPeople() {
  const people = current?.room ? current.people : [];
  $('count').textContent = people.length || '';
  $('people').replaceChildren(...people.map(name => {
    const button = make('button', 'person', avatar(name), make('span', '', name));
    button.disabled = name === connection.name;
    button.title = say.privately(name);
    button.onclick = () => open(conversation(privateKey(name)));
    return make('li', '', button);
  }));
}

function avatar(name) {
  const element = make('span', 'avatar', [...name][0].toUpperCase());
  const hue = [...name].reduce((sum, character) => (sum * 31 + character.codePointAt(0)) % 360, 7);
  element.style.setProperty('--hue', hue);
  element.ariaHidden = 'true';
  return element;
}

/** The line shown last, with which the next one is compared: whose it is, and of which day. */
let before = {};
let shown = 0; // how many of the current conversation's lines are on the page

function showLog() {
  $('log').replaceChildren();
  before = {};
  shown = 0;
  appendLines(true);
}

/** Puts new lines on the page, and behind them what has not been sent. */
function appendLines(all = false) {
  const log = $('log');
  const follow = all || log.scrollHeight - log.scrollTop - log.clientHeight < AT_END;
  for (const element of log.querySelectorAll('.unsent')) element.remove();
  const lines = current?.lines ?? [];
  if (!all && lines.length >= KEPT) return showLog();
  for (const line of lines.slice(shown)) log.append(...elementsOf(line));
  shown = lines.length;
  log.append(...unsent());
  if (follow) log.scrollTop = log.scrollHeight;
  $('newest').hidden = follow || log.scrollHeight - log.scrollTop - log.clientHeight < AT_END;
}

function* elementsOf(line) {
  if (line.note) {
    yield make('p', 'note', line.note);
    before = { day: before.day };
    return;
  }
  const today = dayOf(line.seq);
  if (today !== before.day) yield make('p', 'day', today);
  const first = line.from !== before.from || today !== before.day || line.seq - before.seq > 5 * 60e6;
  before = { from: line.from, day: today, seq: line.seq };
  yield messageElement(line.from, line.text, first, timeOf(line.seq));
}

function messageElement(from, text, first, time) {
  const own = from === connection.name;
  const element = make('article', `message${own ? ' own' : ''}${first ? ' first' : ''}`);
  if (first) element.append(avatar(from));
  const name = make('span', first && !own ? 'from' : 'from unseen', from);
  element.append(make('header', '', name, make('time', '', time)), make('p', 'text', text));
  return element;
}

/** What waits in the outbox, and what was refused. */
function* unsent() {
  if (!current) return;
  const isHere = request => request.room ? request.room === current.room : request.to === current.name;
  for (const request of connection.outbox.values()) {
    if (!isHere(request)) continue;
    const element = messageElement(connection.name, request.text, false, say.sending);
    element.classList.add('unsent');
    yield element;
  }
  for (const failure of current.failed) {
    const element = messageElement(connection.name, failure.request.text, false, `${say.notSent}: ${failure.problem}`);
    element.classList.add('unsent', 'failed');
    const button = make('button', '', say.again);
    button.onclick = () => {
      current.failed.splice(current.failed.indexOf(failure), 1);
      connection.retry(failure.request);
      appendLines();
    };
    element.append(button);
    yield element;
  }
}

function showTyping() {
  const now = Date.now();
  const names = current ? [...current.typing].filter(([, until]) => until > now).map(([name]) => name) : [];
  $('typing').textContent = names.length ? say.typing(names) : '';
}

let problemTimer = 0;
function showProblem(text) {
  $('problem').textContent = text;
  $('problem').hidden = false;
  clearTimeout(problemTimer);
  problemTimer = setTimeout(() => { $('problem').hidden = true; }, 5_000);
}

// --- What the user does ---

function open(place) {
  if (current) current.draft = $('text').value;
  current = place;
  place.unread = 0;
  $('text').value = place.draft;
  fit();
  showMenu(false);
  showAll();
  $('text').focus();
}

function join(room) {
  otherRooms = otherRooms.filter(other => other.room !== room);
  connection.join(room);
  open(conversation(roomKey(room)));
}

function askName(problem) {
  $('name').value ||= connection.name;
  $('name-problem').textContent = problem;
  if (!$('naming').open) $('naming').showModal();
}

function showMenu(visible) {
  document.body.classList.toggle('menu', visible);
  $('menu').ariaExpanded = String(visible);
}

/** The field is as high as its text, up to a limit of the style. */
function fit() {
  $('text').style.height = 'auto';
  const borders = $('text').offsetHeight - $('text').clientHeight;
  $('text').style.height = `${$('text').scrollHeight + borders}px`;
}

$('name-form').onsubmit = event => {
  event.preventDefault();
  const name = $('name').value.trim();
  if (name === connection.name && connection.state === 'open') $('naming').close();
  else if (name) connection.enter(name);
};
$('naming').oncancel = event => {
  if (connection.state === 'unnamed') event.preventDefault();
};
$('me').onclick = () => askName('');
$('menu').onclick = () => showMenu(!document.body.classList.contains('menu'));
$('log').onclick = () => showMenu(false);
$('join').onsubmit = event => {
  event.preventDefault();
  const room = $('join-room').value.trim();
  if (room) join(room);
  $('join-room').value = '';
};
$('leave').onclick = () => {
  if (current.room) connection.leave(current.room);
  conversations.delete(current.key);
  current = null;
  open(conversations.values().next().value);
};
$('composer').onsubmit = event => {
  event.preventDefault();
  const text = $('text').value.trim();
  if (!text || !current) return;
  connection.post(current.room ? { type: 'say', room: current.room, text } : { type: 'tell', to: current.name, text });
  $('text').value = '';
  typed = 0;
  fit();
  appendLines();
  $('log').scrollTop = $('log').scrollHeight;
};
$('text').onkeydown = event => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $('composer').requestSubmit();
  }
};
let typed = 0;
$('text').oninput = () => {
  fit();
  if (current?.room && Date.now() - typed > TYPING * 0.8) {
    typed = Date.now();
    connection.typing(current.room);
  }
};
$('log').onscroll = () => {
  const log = $('log');
  if (log.scrollHeight - log.scrollTop - log.clientHeight < AT_END) $('newest').hidden = true;
};
$('newest').onclick = () => { $('log').scrollTop = $('log').scrollHeight; };
document.onvisibilitychange = () => {
  if (!document.hidden && current) {
    current.unread = 0;
    showConversations();
  }
};
document.onkeydown = event => {
  if (event.key === 'Escape') showMenu(false);
};

translate();
if (connection.name) connection.enter(connection.name);
else askName('');

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
/** The one that is shown. */
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
    const asked = $('naming').open;
    $('naming').close();
    if (asked) $('text').focus();
    // Whose messages are one's own depends on it.
    if ($('me').textContent !== connection.name) showAll();
  },
  joined({ room, names, messages, first }) {
    const entered = conversation(roomKey(room));
    entered.people = names;
    addLines(entered, messages, !first);
    showPeople();
  },
  history: ({ room, messages, first }) => addLines(conversation(roomKey(room)), messages, !first),
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
    follow(from, to);
  },
  typing({ room, name }) {
    const { typing } = conversation(roomKey(room));
    typing.set(name, Date.now() + TYPING);
    setTimeout(showTyping, TYPING);
    showTyping();
  },
  rooms: ({ rooms }) => showOtherRooms(rooms),
  error({ reason, text, id, room, request }) {
    const problem = say.reasons[reason] ?? text;
    if (connection.state === 'unnamed' || $('naming').open) return askName(problem);
    if (room && !connection.rooms.has(room)) close(conversation(roomKey(room)));
    // What passes and concerns nothing that the user wrote is no news.
    if (['too_fast', 'busy'].includes(reason) && !id && !room) return;
    if (request) {
      conversation(request.room ? roomKey(request.room) : privateKey(request.to)).failed.push({ request, problem });
      showLog();
    }
    showProblem(problem);
  },
};

const connection = new Connection(event => on[event.type]?.(event));

/** Adds messages; those that one has `missed` count as unread, what was said before one came does not. */
function addLines(place, messages, missed = true) {
  for (const message of messages) {
    place.typing.delete(message.from);
    if (missed && message.from !== connection.name && (place !== current || document.hidden)) place.unread += 1;
  }
  append(place, messages);
  showConversations();
  showTyping();
}

function note(place, text) {
  append(place, [{ note: text }]);
  showPeople();
  showTyping();
}

function append(place, lines) {
  place.lines.push(...lines);
  for (const line of place.lines.splice(0, Math.max(0, place.lines.length - KEPT))) {
    for (const element of shown.get(line) ?? []) element.remove();
    shown.delete(line);
  }
  if (place === current) appendLines();
}

/** Goes on talking privately with somebody who has another name now. */
function follow(from, to) {
  const place = conversations.get(privateKey(from));
  if (!place || conversations.has(privateKey(to))) return;
  const all = [...conversations.values()];
  Object.assign(place, { key: privateKey(to), name: to });
  conversations.clear();
  for (const each of all) conversations.set(each.key, each);
  if (place === current) $('title').textContent = titleOf(place);
  showConversations();
}

// --- What is shown ---

function showAll() {
  showConversations();
  showPeople();
  showLog();
  showTyping();
  $('me').textContent = connection.name;
  $('title').textContent = titleOf(current);
  $('leave').hidden = current.room === 'lobby';
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
}

function showConversations() {
  const items = [...conversations.values()].map(place => {
    const button = make('button', place.room ? 'room' : 'person', make('span', '', titleOf(place)));
    if (place === current) button.ariaCurrent = 'true';
    if (place.unread) {
      const badge = make('span', 'badge', String(place.unread));
      badge.ariaHidden = 'true';
      button.append(badge, make('span', 'unseen', say.unread(place.unread)));
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
  document.title = `${unread ? `(${unread}) ` : ''}${titleOf(current)} · ${say.chat}`;
  const elsewhere = unread - current.unread;
  $('elsewhere').textContent = elsewhere ? '•' : '';
  $('menu').ariaLabel = say.menu + (elsewhere ? `, ${say.unread(elsewhere)}` : '');
}

let otherRooms = [];
function showOtherRooms(rooms) {
  otherRooms = rooms.filter(({ room }) => !conversations.has(roomKey(room)));
  showConversations();
}

function showPeople() {
  const people = current.room ? current.people : [];
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
/** The current conversation's lines that are on the page, with their elements: all but the last ones. */
const shown = new Map();

function showLog() {
  $('log').replaceChildren();
  before = {};
  shown.clear();
  appendLines(true);
}

/** Puts new lines on the page, and behind them what has not been sent. */
function appendLines(all = false) {
  const log = $('log');
  const follow = all || log.scrollHeight - log.scrollTop - log.clientHeight < AT_END;
  for (const element of log.querySelectorAll('.unsent')) element.remove();
  for (const line of current.lines.slice(shown.size)) {
    shown.set(line, [...elementsOf(line)]);
    log.append(...shown.get(line));
  }
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
  const body = make('p', 'text', text);
  body.dir = 'auto';
  element.append(make('header', '', name, make('span', '', time)), body);
  return element;
}

/** What waits in the outbox, and what was refused. */
function* unsent() {
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
      connection.post(failure.request);
      appendLines();
    };
    element.append(button);
    yield element;
  }
}

function showTyping() {
  const now = Date.now();
  const names = [...current.typing].filter(([, until]) => until > now).map(([name]) => name);
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
  current.draft = $('text').value;
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

/** Takes a conversation off the page. */
function close(place) {
  conversations.delete(place.key);
  if (place === current) open(conversations.values().next().value ?? conversation(roomKey('lobby')));
  else showConversations();
}

function askName(problem) {
  $('name').value ||= connection.name;
  $('naming-title').textContent = connection.state === 'open' ? say.rename : say.welcome;
  $('name-problem').textContent = problem;
  if (!$('naming').open) $('naming').showModal();
}

function showMenu(visible) {
  if (visible === document.body.classList.contains('menu')) return;
  document.body.classList.toggle('menu', visible);
  $('menu').ariaExpanded = String(visible);
  (visible ? $('rooms').querySelector('button') : $('menu')).focus();
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
$('naming').onclose = () => {
  if (connection.state === 'unnamed') askName('');
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
  close(current);
};
$('composer').onsubmit = event => {
  event.preventDefault();
  const text = $('text').value.trim();
  if (!text) return;
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
  if (current.room && Date.now() - typed > TYPING * 0.8) {
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
  if (!document.hidden) {
    current.unread = 0;
    showConversations();
  }
};
document.onkeydown = event => {
  if (event.key === 'Escape') showMenu(false);
};

translate();
for (const room of connection.rooms) conversation(roomKey(room));
current = conversations.values().next().value ?? conversation(roomKey('lobby'));
showAll();
if (connection.name) connection.enter(connection.name);
else askName('');

// The page: what the connection tells, shown; what the user does, told to the connection.

import { Connection, fold, store, stored } from './connection.js';
import { avatar, button, make, messageElement, number } from './elements.js';
import { dayOf, say, timeOf, translate } from './words.js';

const KEPT = 500; // messages of a conversation on the page
const MOST = 3_000; // while one reads further up
const MAX_TEXT = 2_000; // characters, as the server counts them
const NEARLY = 1_800; // from here on they are counted for the user
const NEAR_START = 200; // within so many pixels of its start the log is brought what was said before
const TOGETHER = 5 * 60e6; // microseconds within which somebody's messages are below one name
const TYPING = 3_000; // how long somebody is shown to be writing, in milliseconds
const MOST_TYPING = 3; // who are named
const AT_END = 80; // within so many pixels of its end the log follows new messages

const $ = id => document.getElementById(id);

/** Rooms by name, and private conversations by '@' and the name: no room has that key, as rooms are '#' and the name. */
const conversations = new Map();
/** The one that is shown. */
let current = null;

const roomKey = room => `#${room}`;
const privateKey = name => `@${fold(name)}`;
/** What one has read of each conversation (the `seq` of the last message), and has begun to write there. */
const read = new Map(stored('read', []));
const drafts = new Map(stored('drafts', []));
/** What was refused and why, until it is tried again or deleted. */
let failed = stored('failed', []);
const titleOf = conversation => conversation.room === 'lobby' ? say.lobby : conversation.room ?? conversation.name;

function conversation(key, kind) {
  if (!conversations.has(key)) {
    conversations.set(key, { key, ...kind, lines: [], unread: 0, people: [], typing: new Map(), kept: KEPT, complete: false, asked: null, divider: null });
  }
  return conversations.get(key);
}
const inRoom = room => conversation(roomKey(room), { room });
const privately = name => conversation(privateKey(name), { name });
/** Where a message that is written here goes. */
const placeOf = request => request.room === undefined ? privately(request.to) : inRoom(request.room);
const isOf = (request, place) => place.key === (request.room === undefined ? privateKey(request.to) : roomKey(request.room));

// --- What the server tells ---

const on = {
  state: showState,
  hello() {
    const asked = $('naming').open;
    if (asked && connection.name === $('name').value.trim()) $('naming').close();
    if (asked && !$('naming').open) focusText();
    if ($('me').textContent === connection.name) return;
    $('me').textContent = connection.name;
    showPeople();
    appendLines();
  },
  joined({ room, names, messages, seq, first, anew }) {
    const entered = inRoom(room);
    entered.people = names;
    entered.asked = null;
    if (anew || seq < read.get(entered.key)) beginAnew(entered);
    const left = lastNote(entered, 'left');
    if (left) changeNote(entered, left, left.names.filter(name => !names.includes(name)));
    bring(entered, messages, first);
    showPeople();
    loadEarlier();
  },
  history: ({ room, messages, first }) => bring(inRoom(room), messages, first),
  said: event => addLines(inRoom(event.room), [event]),
  earlier: ({ room, messages, more }) => prepend(inRoom(room), messages, more),
  told(event) {
    const name = connection.isOwn(event) ? event.to : event.from;
    const place = privately(name);
    if (name !== place.name) follow(place.name, name);
    if (event.anew) for (const place of conversations.values()) if (place.name) beginAnew(place);
    addLines(place, [event], read.get(place.key) ?? 0);
  },
  entered({ room, name }) {
    const entered = inRoom(room);
    entered.people = [...new Set([...entered.people, name])].sort();
    note(entered, 'entered', name);
  },
  left({ room, name }) {
    const left = conversations.get(roomKey(room));
    if (!left || name === connection.name) return;
    left.people = left.people.filter(other => other !== name);
    left.typing.delete(name);
    note(left, 'left', name);
  },
  renamed({ room, from, to }) {
    const place = inRoom(room);
    place.people = place.people.map(name => name === from ? to : name).sort();
    append(place, [{ note: 'renamed', names: [from, to] }]);
    showPeopleSoon();
    showTyping();
    follow(from, to);
  },
  typing({ room, name }) {
    const { typing } = inRoom(room);
    typing.set(name, Date.now() + TYPING);
    setTimeout(showTyping, TYPING);
    showTyping();
  },
  rooms: ({ rooms }) => showOtherRooms(rooms),
  error({ reason, text, id, room, request, naming }) {
    const problem = say.reasons[reason] ?? text;
    if (current.asked) setTimeout(loadEarlier, TYPING);
    for (const place of conversations.values()) place.asked = null;
    if (naming) return askName(problem);
    if (room && !connection.rooms.has(room)) close(inRoom(room));
    // What passes and concerns nothing that the user wrote is no news.
    if (['too_fast', 'busy'].includes(reason) && !id && !room) return;
    if (!request) return showProblem(problem);
    keepFailed([...failed, { request, problem }]);
    if (placeOf(request) !== current) showProblem(problem);
    showConversations();
    appendLines();
  },
};

const connection = new Connection(event => on[event.type]?.(event));

/** Adds what the history brings: on the `first` time what was not read before the page was loaded again is unread. */
function bring(place, messages, first) {
  const last = first ? read.get(place.key) ?? Infinity : 0;
  // From now on all that comes is news, where nothing has been said yet too.
  if (!read.has(place.key)) hasRead(place, 0);
  const unread = first && messages.find(message => message.seq > last && !connection.isOwn(message));
  if (unread) divide(place, unread);
  addLines(place, messages, last);
  if (unread && place === current) toUnread();
}

/** What was said is not in the history any more, where places may be lower ones now. */
function beginAnew(place) {
  read.delete(place.key);
  for (const line of place.lines) line.lost = true;
}

/** Adds messages; those behind the `last` one that was read count as unread. */
function addLines(place, messages, last = -1) {
  const here = place === current && !document.hidden;
  const { unread } = place;
  let seen = -1;
  for (const message of messages) {
    place.typing.delete(message.from);
    const missed = message.seq > last;
    if (missed && !here && !connection.isOwn(message)) {
      if (!place.unread) divide(place, message);
      place.unread += 1;
    }
    if (!missed || here) seen = message.seq;
  }
  if (seen >= 0) hasRead(place, seen);
  append(place, messages);
  // Many a message changes nothing of a list that may be long.
  if (place.unread !== unread || place.room === undefined) showConversations();
  showTyping();
}

/** Draws the line before what is new; there is one at most. */
function divide(place, line) {
  if (place === current) $('log').querySelector('.divider')?.remove();
  place.divider = line;
}

/** Notes that somebody has `entered` or `left`: one line for all between two messages; who comes back is not named. */
function note(place, kind, name) {
  const before = lastNote(place, kind === 'left' ? 'entered' : 'left');
  const same = lastNote(place, kind);
  if (before?.names.includes(name)) changeNote(place, before, before.names.filter(other => other !== name));
  else if (same) changeNote(place, same, [...new Set([...same.names, name])]);
  else append(place, [{ note: kind, names: [name] }]);
  showPeopleSoon();
  showTyping();
}

/** The note of a kind behind the last message. */
const lastNote = (place, kind) => place.lines.slice(place.lines.findLastIndex(line => !line.note) + 1).find(line => line.note === kind);

function changeNote(place, line, names) {
  line.names = names;
  if (!names.length) place.lines.splice(place.lines.indexOf(line), 1);
  const elements = shown.get(line);
  if (!elements) return;
  keepPlace(() => {
    if (names.length) {
      elements.at(-1).textContent = say[line.note](names);
    } else {
      for (const element of elements) element.remove();
      shown.delete(line);
    }
  });
}

function append(place, lines) {
  if (place === current) look();
  place.lines.push(...lines);
  // Who reads further up keeps what is there, and much of what comes meanwhile.
  place.kept = place === current && !following ? Math.max(place.kept, MOST) : KEPT;
  const dropped = place.lines.splice(0, Math.max(0, place.lines.length - place.kept));
  if (dropped.length) place.complete = false;
  if (place !== current) return;
  keepPlace(() => {
    for (const line of dropped) {
      for (const element of shown.get(line) ?? []) element.remove();
      shown.delete(line);
    }
  });
  appendLines();
  if (!following && !isAtEnd() && lines.some(line => !line.note)) $('newest').hidden = false;
}

/** Changes what is above without moving what the user reads, which is the end when they follow. */
function keepPlace(change) {
  const log = $('log');
  const below = log.scrollHeight - log.scrollTop;
  change();
  if (following) toEnd();
  else log.scrollTop = log.scrollHeight - below;
}

/** Puts what was said before in front of what is there, and lets the user go on where they read. */
function prepend(place, messages, more) {
  const { asked } = place;
  place.asked = null;
  // Unless what it was asked for is not the first any more.
  if (firstOf(place)?.seq === asked) {
    place.complete = !more;
    place.lines.unshift(...messages);
    place.kept = place.lines.length + KEPT;
    if (place === current && messages.length) keepPlace(() => showBefore(messages));
  }
  loadEarlier();
}

/** The first message of a conversation that is here. */
const firstOf = place => place.lines.find(line => line.id);

function hasRead(place, seq) {
  if (seq <= (read.get(place.key) ?? -1)) return;
  read.set(place.key, seq);
  store('read', [...read]);
}

/** The conversation that is shown has been read to its end. */
function hasReadAll() {
  current.unread = 0;
  const last = current.lines.findLast(line => line.seq);
  if (last) hasRead(current, last.seq);
}

/** Goes on talking privately with somebody who has another name now. */
function follow(from, to) {
  const place = conversations.get(privateKey(from));
  if (!place || (conversations.get(privateKey(to)) ?? place) !== place) return;
  keepFailed(failed.map(({ request, problem }) => ({ request: request.to === from ? { ...request, to } : request, problem })));
  const all = [...conversations.values()];
  const old = place.key;
  Object.assign(place, { key: privateKey(to), name: to });
  for (const [name, kept] of Object.entries({ read, drafts })) {
    const value = kept.get(old);
    kept.delete(old);
    if (value !== undefined) kept.set(place.key, value);
    store(name, [...kept]);
  }
  conversations.clear();
  for (const each of all) conversations.set(each.key, each);
  if (place === current) {
    $('title').textContent = titleOf(place);
    history.replaceState(null, '', addressOf(place));
  }
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
  // The list may be longer than what is seen of it.
  const list = $('rooms');
  const item = list.querySelector('[aria-current]').parentElement;
  const top = item.offsetTop - list.offsetTop;
  list.scrollTop = Math.min(Math.max(list.scrollTop, top + item.offsetHeight - list.clientHeight), top);
}

let countdown = 0;
function showState() {
  const { state } = connection;
  $('state').className = state;
  clearInterval(countdown);
  if (state === 'waiting') {
    const text = make('span', '');
    const count = () => { text.textContent = say.waiting(Math.max(0, Math.ceil((connection.due - performance.now()) / 1000))); };
    count();
    countdown = setInterval(count, 1_000);
    // Every second would be too much to hear.
    text.ariaHidden = 'true';
    $('state').replaceChildren(text, make('span', 'unseen', say.lost), button(say.tryNow, () => connection.tryNow()));
  } else if (state === 'taken') {
    $('state').replaceChildren(say.taken, button(say.continue, () => connection.enter(connection.name)));
  } else {
    $('state').replaceChildren(say[state] ?? '');
  }
  $('name-state').textContent = { connecting: say.connecting, waiting: say.lost, offline: say.offline }[state] ?? '';
  if (state === 'unnamed') askName('');
}

/** Shows buttons as a list. Those that stay are not touched: they keep the focus. */
function fill(list, buttons) {
  const before = new Map([...list.children].map(item => [item.firstChild.dataset.key, item]));
  const items = buttons.map(button => {
    const item = before.get(button.dataset.key) ?? make('li', '', button);
    const shown = item.firstChild;
    if (shown !== button && shown.outerHTML !== button.outerHTML) {
      for (const { name } of [...shown.attributes]) if (!button.hasAttribute(name)) shown.removeAttribute(name);
      for (const { name, value } of button.attributes) shown.setAttribute(name, value);
      shown.replaceChildren(...button.childNodes);
    }
    shown.onclick = button.onclick;
    return item;
  });
  const focused = document.activeElement;
  const inside = list.contains(focused);
  for (const item of [...list.children]) if (!items.includes(item)) item.remove();
  items.forEach((item, index) => {
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  });
  // It loses the focus when it is moved.
  if (inside && list.contains(focused)) focused.focus();
  // The one that had the focus is gone.
  if (inside && !list.contains(document.activeElement) && menuIsOpen()) firstOfMenu().focus();
}

function showConversations() {
  const latest = place => place.lines.at(-1)?.seq ?? Infinity;
  const isPrivate = place => place.room === undefined;
  const inOrder = [...conversations.values()].sort((a, b) => isPrivate(a) - isPrivate(b) || isPrivate(a) && latest(b) - latest(a) || 0);
  const items = inOrder.map(place => {
    const button = make('button', place.room ? 'room' : 'person', make('span', '', titleOf(place)));
    button.dataset.key = place.key;
    if (place === current) button.ariaCurrent = 'true';
    if (place.unread) button.append(...number('badge', place.unread, say.unread));
    button.onclick = () => open(place);
    return button;
  });
  fill($('rooms'), [...items, ...otherRooms.map(room => {
    const button = make('button', 'room other', make('span', '', room.room), ...number('size', room.people, say.inside));
    button.dataset.key = roomKey(room.room);
    button.onclick = () => join(room.room);
    return button;
  })]);
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
  fill($('people'), people.map(name => {
    const button = make('button', 'person', avatar(name), make('span', '', name));
    button.dataset.key = `@${name}`;
    button.disabled = name === connection.name;
    if (!button.disabled) button.title = say.privately(name);
    button.onclick = () => open(privately(name));
    return button;
  }));
  $('log').dataset.empty = current.room === undefined ? say.between(current.name) : people.length ? say.nothing : '';
}

/** When many come or leave at a time the list is not made anew for each. */
let peopleTimer = 0;
function showPeopleSoon() {
  peopleTimer ||= setTimeout(() => {
    peopleTimer = 0;
    showPeople();
  }, 50);
}

/** The line shown last, with which the next one is compared: whose it is, and of which day. */
let before = {};
/** The current conversation's lines that are on the page, with their elements: all but the last ones. */
const shown = new Map();

/** New messages are followed: the end of the log is in sight, whatever its size becomes. */
let following = true;

/** What is brought now is not news, and not to be read aloud. */
let quietTimer = 0;
function beQuiet() {
  $('log').ariaLive = 'off';
  clearTimeout(quietTimer);
  quietTimer = setTimeout(() => { $('log').ariaLive = null; }, 1_000);
}

function showLog() {
  beQuiet();
  $('log').replaceChildren();
  before = {};
  shown.clear();
  following = true;
  appendLines();
  toUnread();
}

/** Who has not read all of it begins where that begins. */
function toUnread() {
  const divider = $('log').querySelector('.divider');
  if (divider && divider.offsetTop < $('log').scrollTop + $('log').offsetTop) {
    following = false;
    $('log').scrollTop = divider.offsetTop - $('log').offsetTop;
    $('newest').hidden = false;
  }
}

/** Puts lines on the page in front of the others, which stay as they are: something of them may be selected. */
function showBefore(lines) {
  beQuiet();
  const end = before;
  before = {};
  // The line that was the first one may need no name and no day any more.
  const next = current.lines[lines.length];
  const elements = shown.get(next);
  for (const line of [...lines, next]) {
    shown.set(line, [...elementsOf(line)]);
    elements[0].before(...shown.get(line));
  }
  for (const element of elements) element.remove();
  if (current.lines.at(-1) !== next) before = end;
}

/** Puts new lines on the page, and behind them what has not been sent. */
function appendLines() {
  const log = $('log');
  for (const element of log.querySelectorAll('.unsent')) element.remove();
  for (const line of current.lines.slice(shown.size)) {
    shown.set(line, [...elementsOf(line)]);
    log.append(...shown.get(line));
  }
  log.append(...unsent());
  if (following) toEnd();
  else if (isAtEnd()) $('newest').hidden = true;
}

/** Looks whether the user wants to follow. What the log does by itself when its size changes is not their will. */
let height = 0;
function look() {
  if ($('log').clientHeight === height) following = isAtEnd();
}

const isAtEnd = () => $('log').scrollHeight - $('log').scrollTop - $('log').clientHeight < AT_END;

function toEnd() {
  following = true;
  $('newest').hidden = true;
  $('log').scrollTop = $('log').scrollHeight;
}

/** Asks for what was said before when its reader comes near. */
function loadEarlier() {
  const first = firstOf(current);
  if (current.asked || !current.room || current.complete || !first || first.lost || $('log').scrollTop > NEAR_START) return;
  if (connection.earlier(current.room, first.seq)) current.asked = first.seq;
}

function* elementsOf(line) {
  if (line === current.divider) {
    const divider = make('p', 'divider', say.unreadFrom);
    divider.role = 'separator';
    yield divider;
    before = { day: before.day };
  }
  if (line.note) {
    yield make('p', 'note', say[line.note](line.names));
    before = { day: before.day };
    return;
  }
  const today = dayOf(line.seq);
  if (today !== before.day) yield make('p', 'day', today);
  const first = line.from !== before.from || today !== before.day || line.seq - before.seq > TOGETHER;
  before = { from: line.from, day: today, seq: first ? line.seq : before.seq };
  yield messageElement(line.from, line.text, first, timeOf(line.seq), connection.isOwn(line));
}

/** What waits in the outbox, and what was refused. */
function* unsent() {
  // It is as high as it will be when it has been sent.
  let first = connection.name !== before.from || Date.now() * 1000 - before.seq > TOGETHER;
  for (const request of connection.outbox.values()) {
    if (!isOf(request, current)) continue;
    const element = messageElement(connection.name, request.text, first, say.sending, true);
    element.classList.add('unsent');
    element.ariaLive = 'off'; // it is heard when it has been sent
    first = false;
    yield element;
  }
  for (const failure of failed) {
    if (!isOf(failure.request, current)) continue;
    const element = messageElement(connection.name, failure.request.text, false, `${say.notSent}: ${failure.problem}`, true);
    element.classList.add('unsent', 'failed');
    const end = () => {
      keepFailed(failed.filter(other => other !== failure));
      appendLines();
      focusText();
    };
    element.append(button(say.discard, end), button(say.again, () => {
      connection.post(failure.request);
      end();
    }));
    yield element;
  }
}

function keepFailed(all) {
  failed = all;
  store('failed', failed);
}

function showTyping() {
  const now = Date.now();
  const names = [...current.typing].filter(([, until]) => until > now).map(([name]) => name);
  $('typing').textContent = names.length > MOST_TYPING ? say.manyTyping : names.length ? say.typing(names) : '';
}

let problemTimer = 0;
function showProblem(text) {
  $('problem').textContent = text;
  $('problem').hidden = false;
  clearTimeout(problemTimer);
  problemTimer = setTimeout(() => { $('problem').hidden = true; }, 5_000);
}

// --- What the user does ---

/** Shows a conversation; the browser's Back leads to the one before. */
function open(place, remembered = false) {
  if (place !== current) {
    current.divider = null;
    if (!remembered) history.pushState(null, '', addressOf(place));
  }
  current = place;
  $('text').value = drafts.get(place.key) ?? '';
  fit();
  hasReadAll();
  showMenu(false);
  showAll();
  focusText();
  loadEarlier();
}

/** Where there is no keyboard, to write is to be asked for: one would cover half of the conversation. */
function focusText() {
  if (!matchMedia('(pointer: coarse)').matches) $('text').focus();
}

/** A room's address is its name, that of a private conversation begins with '@', which no room's does. */
const addressOf = place => place.room === undefined ? `#@${encodeURIComponent(place.name)}` : `#${encodeURIComponent(place.room)}`;

/** Returns the conversation of the page's address; `null` when it names none. */
function addressed() {
  try {
    const name = decodeURIComponent(location.hash.slice(1));
    if (!name) return null;
    if (location.hash[1] === '@') return name === '@' ? null : privately(name.slice(1));
    if (!connection.rooms.has(fold(name))) connection.join(fold(name));
    return inRoom(fold(name));
  } catch { // an escape that is none
    return null;
  }
}

function join(name) {
  const room = fold(name);
  otherRooms = otherRooms.filter(other => other.room !== room);
  connection.join(room);
  open(inRoom(room));
}

/** Takes a conversation off the page. */
function close(place) {
  conversations.delete(place.key);
  keepDraft(place, '');
  keepFailed(failed.filter(({ request }) => !isOf(request, place)));
  if (place !== current) return showConversations();
  const next = conversations.values().next().value ?? inRoom('lobby');
  history.replaceState(null, '', addressOf(next));
  open(next, true);
}

function keepDraft(place, text) {
  if (text) drafts.set(place.key, text);
  else drafts.delete(place.key);
  store('drafts', [...drafts]);
}

function askName(problem) {
  $('name').value ||= connection.name;
  const changes = connection.state !== 'unnamed';
  $('naming-title').textContent = changes ? say.rename : say.welcome;
  $('enter').textContent = changes ? say.change : say.enter;
  $('cancel').hidden = !changes;
  $('name-problem').textContent = problem;
  if (!$('naming').open) $('naming').showModal();
}

const menuIsOpen = () => document.body.classList.contains('menu');
const firstOfMenu = () => $('rooms').querySelector('button');

/** On a phone the menu lies over the conversation: while it is open the focus stays in it. */
function showMenu(visible) {
  if (visible === menuIsOpen()) return;
  document.body.classList.toggle('menu', visible);
  for (const element of document.querySelectorAll('main > :not(header, #shade), #title, #leave')) element.inert = visible;
  $('menu').ariaExpanded = String(visible);
  (visible ? firstOfMenu() : $('menu')).focus();
}

function write(text) {
  $('text').value = text;
  keepDraft(current, text);
  fit();
}

/** The field is as high as its text, up to a limit of the style. */
function fit() {
  $('text').style.height = 'auto';
  const borders = $('text').offsetHeight - $('text').clientHeight;
  $('text').style.height = `${$('text').scrollHeight + borders}px`;
  const length = [...$('text').value].length;
  $('length').hidden = length < NEARLY;
  $('length').textContent = `${length} / ${MAX_TEXT}`;
  $('length').className = length > MAX_TEXT ? 'over' : '';
}

/** Says whether something of a text can be seen. */
const isVisible = text => /[^\s\p{C}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);

$('name-form').onsubmit = event => {
  event.preventDefault();
  const name = $('name').value.trim();
  if (name === connection.name && connection.state === 'open') $('naming').close();
  else if (name) connection.enter(name);
  else askName(say.reasons.bad_name);
};
$('naming').oncancel = event => {
  if (connection.state === 'unnamed') event.preventDefault();
};
$('cancel').onclick = () => $('naming').close();
$('naming').onclose = () => {
  if (connection.state === 'unnamed') askName('');
};
$('me').onclick = () => {
  $('name').value = connection.name;
  askName('');
  $('name').select();
};
$('menu').onclick = () => showMenu(!menuIsOpen());
$('shade').onclick = () => showMenu(false);
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
  if (!isVisible(text)) return write('');
  if ([...text].length > MAX_TEXT) return showProblem(say.reasons.bad_text);
  current.divider = null;
  connection.post(current.room ? { type: 'say', room: current.room, text } : { type: 'tell', to: current.name, text });
  write('');
  typed = 0;
  following = true;
  appendLines();
};
// Safari tells of the Enter that confirms what an input method offers when the composition has ended: its code says so.
const composes = event => event.isComposing || event.keyCode === 229;
$('text').onkeydown = event => {
  if (event.key === 'Enter' && !event.shiftKey && !composes(event)) {
    event.preventDefault();
    $('composer').requestSubmit();
  }
};
for (const id of ['name', 'join-room']) {
  $(id).onkeydown = event => { if (event.key === 'Enter' && composes(event)) event.preventDefault(); };
}
let typed = 0;
$('text').oninput = () => {
  fit();
  keepDraft(current, $('text').value);
  if (current.room && Date.now() - typed > TYPING * 0.8) {
    typed = Date.now();
    connection.typing(current.room);
  }
};
$('log').onscroll = () => {
  look();
  if (following) $('newest').hidden = true;
  loadEarlier();
};
new ResizeObserver(() => {
  height = $('log').clientHeight;
  if (following) toEnd();
}).observe($('log'));
$('newest').onclick = toEnd;
document.onvisibilitychange = () => {
  if (!document.hidden) {
    hasReadAll();
    showConversations();
  }
};
matchMedia('(width < 44rem)').onchange = narrow => narrow.matches || showMenu(false);
addEventListener('popstate', () => {
  const place = addressed();
  if (place && place !== current) open(place, true);
});
document.onkeydown = event => {
  if (event.key === 'Escape') showMenu(false);
};

translate();
document.documentElement.classList.add('script');
for (const room of connection.rooms) inRoom(room);
for (const request of [...connection.outbox.values(), ...failed.map(failure => failure.request)]) placeOf(request);
current = addressed() ?? conversations.values().next().value ?? inRoom('lobby');
history.replaceState(null, '', addressOf(current));
$('text').value = drafts.get(current.key) ?? '';
showAll();
fit();
if (connection.name) connection.enter(connection.name);
else askName('');

// The connection to the server: comes back by itself, loses nothing and repeats nothing.
//
// A message stays in the outbox until the server says it back, and is sent again after a reconnect; the server knows it by
// its id. A room that is entered again is asked for what was said after the last message heard there.

const FIRST_WAIT = 500; // milliseconds, doubled with each failure
const LONGEST_WAIT = 30_000;
const RETRY = 2_000; // after "too fast" or "busy"
const HEARTBEAT = 25_000;
const SILENCE = 10_000; // how long the answer to a heartbeat may take
const REMEMBERED = 1000; // ids of one's own messages, and of private ones heard
const SESSION_TAKEN = 4000;

/** The reasons why a name is not given. */
const NAMING = ['bad_name', 'blank_in_name', 'invisible_name', 'name_taken'];

const random = bytes => Array.from(crypto.getRandomValues(new Uint8Array(bytes)), byte => byte.toString(16).padStart(2, '0')).join('');

/** What survives a reload, where the browser keeps it: it may not be allowed to, and keeps some megabytes at most. */
export function stored(key, initial) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? initial;
  } catch {
    return initial;
  }
}
export function store(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch { /* a reload forgets it */ }
}

/** As the server folds the names of rooms: the same name in every case and compatible form of its letters, emoji in every colour. */
export const fold = name => name.normalize('NFKC').replaceAll('\ufe0f', '').toUpperCase().toLowerCase().normalize('NFKC');

/** Adds to a set of which only so much is kept. */
function remember(set, id) {
  set.add(id);
  if (set.size > REMEMBERED) set.delete(set.values().next().value);
}

export class Connection {
  /** 'unnamed', 'connecting', 'open', 'waiting', 'offline' or 'taken' */
  state = 'unnamed';
  name = stored('name', '');
  rooms = new Set(stored('rooms', ['lobby']));
  /** Messages that have not been heard back, by id, in order. */
  outbox = new Map(stored('outbox', []));
  /** The id of the one that is on its way on this connection: one at a time keeps their order, whatever is refused. */
  #sent = null;
  /** When the next attempt is due while it is waiting, as performance.now() counts. */
  due = 0;
  #retry = 0;
  #session = stored('session', null) ?? random(16);
  /** The `seq` of the last message heard, by room; 0 when there was none. */
  #heard = new Map();
  /** The ids of private messages heard, and the `seq` of the last one. */
  #told = new Set();
  #lastTold = 0;
  /** The ids of one's own messages: they stay one's own under another name. */
  #own = new Set(stored('own', []));
  /** The name that has been asked for and is not given yet. */
  #asked = null;
  #inside = new Set();
  #socket = null;
  #failures = 0;
  #timer = 0;
  #heartbeat = 0;
  #silence = 0;
  #on;

  /** `on(event)` gets what the server tells, each message once, and `{type: 'state'}` when the state has changed. */
  constructor(on) {
    this.#on = on;
    store('session', this.#session);
    addEventListener('online', () => this.#look());
    // A device that slept may not know that its connection is gone.
    document.addEventListener('visibilitychange', () => document.hidden || this.#look());
    // Who has left the page is not there, though the browser may keep it, and its connection, for a way Back.
    for (const end of ['offline', 'pagehide']) {
      addEventListener(end, () => ['connecting', 'open', 'waiting'].includes(this.state) && this.#lost(0));
    }
    addEventListener('pageshow', event => event.persisted && this.#look());
  }

  /** Connects without waiting any longer. */
  tryNow() {
    if (['waiting', 'offline'].includes(this.state)) this.#connect();
  }

  /** Takes a name and connects, or changes the name. */
  enter(name) {
    this.#asked = name;
    if (this.state !== 'open') this.name = name;
    if (this.state === 'open') this.#hello();
    else this.#connect();
  }

  join(room) {
    this.rooms.add(room);
    store('rooms', [...this.rooms]);
    this.#join(room);
  }

  leave(room) {
    this.rooms.delete(room);
    this.#heard.delete(room);
    for (const request of [...this.outbox.values()]) if (request.room === room) this.#forget(request.id);
    store('rooms', [...this.rooms]);
    if (this.#inside.delete(room)) this.#send({ type: 'leave', room });
  }

  /** Sends `{type: 'say', room, text}` or `{type: 'tell', to, text}`, now or when it can; with an `id` it was refused before. */
  post(message) {
    const request = { id: random(12), ...message };
    this.outbox.set(request.id, request);
    remember(this.#own, request.id);
    store('own', [...this.#own]);
    store('outbox', [...this.outbox]);
    this.#deliver();
  }

  /** Says whether a message was written here. */
  isOwn(message) {
    return this.#own.has(message.id);
  }

  /** Asks for what was said in a room before; says whether it could ask. */
  earlier(room, before) {
    if (this.#inside.has(room)) this.#send({ type: 'earlier', room, before });
    return this.#inside.has(room);
  }

  typing(room) {
    if (this.#inside.has(room)) this.#send({ type: 'typing', room });
  }

  #forget(id) {
    if (this.#sent === id) this.#sent = null;
    if (this.outbox.delete(id)) store('outbox', [...this.outbox]);
  }

  /** Sends the oldest of what waits and can be sent now. */
  #deliver() {
    if (this.#retry || this.#sent) return;
    for (const request of this.outbox.values()) {
      const possible = request.type === 'tell' ? this.state === 'open' : this.#inside.has(request.room);
      if (!possible) continue;
      this.#sent = request.id;
      return this.#send(request);
    }
  }

  /** Tries again some time after a refusal that passes. */
  #tryLater() {
    this.#retry ||= setTimeout(() => {
      this.#retry = 0;
      if (this.#asked !== null || this.state !== 'open') this.#hello();
      for (const room of this.rooms) if (!this.#inside.has(room)) this.#join(room);
      this.#deliver();
    }, RETRY * (0.5 + Math.random()));
  }

  #hello() {
    const hello = { type: 'hello', name: this.#asked ?? this.name, session: this.#session };
    this.#send(this.#lastTold ? { ...hello, after: this.#lastTold } : hello);
  }

  #join(room) {
    const after = this.#heard.get(room);
    if (this.state === 'open') this.#send(after === undefined ? { type: 'join', room } : { type: 'join', room, after });
  }

  #send(request) {
    // Half of a pair of surrogates is no text.
    const text = JSON.stringify(request, (_, value) => typeof value === 'string' ? value.toWellFormed() : value);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  #change(state) {
    this.state = state;
    this.#on({ type: 'state' });
  }

  #connect() {
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#socket?.close();
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/msg`);
    this.#socket = socket;
    this.#change('connecting');
    socket.onopen = () => this.#hello();
    socket.onmessage = message => {
      if (socket !== this.#socket) return;
      clearTimeout(this.#silence);
      this.#hear(JSON.parse(message.data));
    };
    socket.onclose = close => socket === this.#socket && this.#lost(close.code);
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT);
  }

  /** Asks something: whoever does not hear an answer has lost the connection. */
  #beat() {
    this.#send({ type: 'rooms' });
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(0), SILENCE);
  }

  /** Makes sure that there is a connection, as soon as there may be none or one again. */
  #look() {
    if (this.state === 'open') this.#beat();
    else this.tryNow();
  }

  #lost(code) {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#silence);
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.#sent = null;
    if (this.#socket) {
      this.#socket.onclose = null;
      this.#socket.close();
    }
    this.#socket = null;
    this.#inside.clear();
    if (this.state === 'unnamed') return;
    if (code === SESSION_TAKEN) return this.#change('taken');
    clearTimeout(this.#timer);
    // The `online` event ends it.
    if (!navigator.onLine) return this.#change('offline');
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures++) * (0.5 + Math.random());
    this.due = performance.now() + wait;
    this.#timer = setTimeout(() => this.#connect(), wait);
    this.#change('waiting');
  }

  #hear(event) {
    if (event.room !== undefined && event.type !== 'error' && !this.rooms.has(event.room)) {
      // It was on its way when the room was left.
      if (event.type === 'joined' || event.type === 'history') this.#send({ type: 'leave', room: event.room });
      else if (event.type === 'said') this.#forget(event.id);
      return this.#deliver();
    }
    switch (event.type) {
      case 'hello': {
        const renamed = this.state === 'open';
        this.#failures = 0;
        this.name = event.name;
        this.#asked = null;
        store('name', this.name);
        this.#change('open');
        if (renamed) break;
        for (const room of this.rooms) this.#join(room);
        this.#send({ type: 'rooms' });
        break;
      }
      case 'joined':
      case 'history':
        event.first = !this.#heard.has(event.room);
        if (event.first) this.#heard.set(event.room, 0);
        // The history has begun anew: nothing of it has been heard.
        event.anew = event.seq < this.#heard.get(event.room);
        if (event.anew) this.#heard.set(event.room, 0);
        event.messages = event.messages.filter(said => this.#isNew(said));
        if (event.type === 'history') {
          this.#join(event.room);
        } else {
          this.#heard.set(event.room, event.seq);
          this.#inside.add(event.room);
        }
        break;
      case 'said':
        if (!this.#isNew(event)) return this.#deliver();
        break;
      case 'told':
        this.#forget(event.id);
        if (this.#told.has(event.id)) return this.#deliver();
        remember(this.#told, event.id);
        // Unless one's own is only acknowledged again, the history has begun anew.
        event.anew = event.seq < this.#lastTold && !this.isOwn(event);
        this.#lastTold = event.seq;
        break;
      case 'error':
        event.naming = NAMING.includes(event.reason) && !event.room;
        if (event.naming) this.#asked = null;
        if (event.naming && this.state !== 'open') {
          this.#change('unnamed');
          this.#socket.close();
        } else if (event.reason === 'too_fast' || event.reason === 'busy') {
          if (this.#sent === event.id) this.#sent = null;
          this.#tryLater();
        } else if (event.room) {
          this.leave(event.room);
        } else if (event.id) {
          event.request = this.outbox.get(event.id);
          this.#forget(event.id);
        }
    }
    this.#deliver();
    this.#on(event);
  }

  /** Says whether a message has not been heard before; it is in any case not to be sent any more. */
  #isNew(said) {
    this.#forget(said.id);
    if (said.seq <= (this.#heard.get(said.room) ?? 0)) return false;
    this.#heard.set(said.room, said.seq);
    return true;
  }
}

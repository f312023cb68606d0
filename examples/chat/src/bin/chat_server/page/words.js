// What the page says, in the browser's language.

const NAMED = 5; // of many who come or leave

function listed(names) {
  const others = names.length - NAMED;
  return new Intl.ListFormat('en').format(others > 1 ? [...names.slice(0, NAMED), `${others} others`] : names);
}

function listedInChinese(names) {
  if (names.length <= NAMED + 1) return `${names.join('、')} `;
  return `${names.slice(0, NAMED).join('、')} 等 ${names.length} 人`;
}

const words = {
  en: {
    chat: 'Chat', rooms: 'Rooms', people: 'Here', newRoom: 'Another room', join: 'Enter the room', menu: 'Rooms and people',
    messages: 'Messages', write: 'Message', send: 'Send', welcome: 'Welcome', yourName: 'Your name', enter: 'Enter',
    rename: 'Change your name', change: 'Change', cancel: 'Cancel', leave: 'Leave', newest: 'New messages ↓', lobby: 'Lobby',
    connecting: 'Connecting…', open: 'Connected', offline: 'No network', lost: 'Connection lost',
    waiting: seconds => `Connection lost, trying again in ${seconds} s`, tryNow: 'Try now', unreadFrom: 'New',
    taken: 'The chat goes on in another tab.', continue: 'Continue here',
    sending: 'not sent yet', notSent: 'not sent', again: 'Try again', discard: 'Delete',
    nothing: 'Nothing has been said here yet.', between: name => `Only you and ${name} can read what is written here.`,
    entered: names => `${listed(names)} ${names.length > 1 ? 'are' : 'is'} here`,
    left: names => `${listed(names)} ${names.length > 1 ? 'have' : 'has'} left`,
    renamed: ([from, to]) => `${from} is ${to} now`,
    typing: names => names.length > 1 ? `${names.join(', ')} are writing…` : `${names[0]} is writing…`,
    manyTyping: 'Several people are writing…',
    privately: name => `Write to ${name} privately`, unread: count => `${count} unread`, inside: count => count === 1 ? '1 person' : `${count} people`,
    reasons: {
      bad_name: 'A name has 1 to 24 characters.', blank_in_name: 'A name has no blanks.',
      invisible_name: 'A name has no invisible characters.', name_taken: 'Somebody else has this name.',
      bad_text: 'A message has 1 to 2000 characters.', not_in_room: 'You are not in this room.',
      too_many_rooms: 'You are in too many rooms.', absent: 'Not here at the moment.',
      too_fast: 'Too fast; it is sent in a moment.', busy: 'The server is busy; it is sent in a moment.',
    },
  },
  zh: {
    chat: '聊天室', rooms: '房间', people: '在线', newRoom: '其他房间', join: '进入房间', menu: '房间和成员',
    messages: '消息', write: '发消息', send: '发送', welcome: '欢迎', yourName: '你的名字', enter: '进入',
    rename: '改名', change: '确定', cancel: '取消', leave: '离开', newest: '新消息 ↓', lobby: '大厅',
    connecting: '正在连接…', open: '已连接', offline: '没有网络', lost: '连接断开',
    waiting: seconds => `连接断开，${seconds} 秒后重试`, tryNow: '立即重试', unreadFrom: '新消息',
    taken: '聊天已转到另一个标签页。', continue: '在这里继续',
    sending: '等待发送', notSent: '未发送', again: '重试', discard: '删除',
    nothing: '这里还没有消息。', between: name => `这里的消息只有你和 ${name} 能看到。`,
    entered: names => `${listedInChinese(names)}进来了`, left: names => `${listedInChinese(names)}离开了`,
    renamed: ([from, to]) => `${from} 改名为 ${to}`,
    typing: names => `${names.join('、')} 正在输入…`, manyTyping: '好几个人正在输入…',
    privately: name => `和 ${name} 私聊`, unread: count => `${count} 条未读`, inside: count => `${count} 人`,
    reasons: {
      bad_name: '名字须为 1 到 24 个字符。', blank_in_name: '名字里不能有空格。',
      invisible_name: '名字里不能有看不见的字符。', name_taken: '这个名字已有人用。',
      bad_text: '消息须为 1 到 2000 个字符。', not_in_room: '你不在这个房间。',
      too_many_rooms: '你进入的房间太多了。', absent: '对方现在不在。',
      too_fast: '太快了，稍后自动发送。', busy: '服务器忙，稍后自动发送。',
    },
  },
};

const language = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
export const say = words[language];

/** Writes the words into the page: `data-text`, and `data-label`, `data-hint` into the attributes. */
export function translate() {
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
  document.title = say.chat;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = say[element.dataset.text];
  for (const element of document.querySelectorAll('[data-label]')) element.ariaLabel = say[element.dataset.label];
  for (const element of document.querySelectorAll('[data-hint]')) element.placeholder = say[element.dataset.hint];
  for (const element of document.querySelectorAll('[data-hint-title]')) element.title = say[element.dataset.hintTitle];
}

const clock = new Intl.DateTimeFormat(navigator.language, { hour: '2-digit', minute: '2-digit' });
const days = year => new Intl.DateTimeFormat(navigator.language, { year, month: 'short', day: 'numeric', weekday: 'short' });
const [day, dayOfAnotherYear] = [days(undefined), days('numeric')];
/** `microseconds` since 1970. */
export const timeOf = microseconds => clock.format(microseconds / 1000);
export function dayOf(microseconds) {
  const date = new Date(microseconds / 1000);
  return (date.getFullYear() === new Date().getFullYear() ? day : dayOfAnotherYear).format(date);
}

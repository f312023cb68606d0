// Elements of the page. Every text is set as a text, never as HTML.

/** Creates an element of a class with a text or children. */
export function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

export function button(text, onclick) {
  const element = make('button', '', text);
  element.onclick = onclick;
  return element;
}

/** A number, and for who hears the page what it counts. */
export function number(className, count, words) {
  const shown = make('span', className, String(count));
  shown.ariaHidden = 'true';
  return [shown, make('span', 'unseen', words(count))];
}

/** What is a letter to the eye may be several characters: a flag, a letter and its accents. */
const letters = new Intl.Segmenter();

/** A letter on a ground of its own; the style shows it, so that it is not copied with the text. */
export function avatar(name) {
  const element = make('span', 'avatar');
  element.dataset.letter = [...letters.segment(name)][0].segment.toUpperCase();
  const hue = [...name].reduce((sum, character) => (sum * 31 + character.codePointAt(0)) % 360, 7);
  element.style.setProperty('--hue', hue);
  element.ariaHidden = 'true';
  return element;
}

export function messageElement(from, text, first, time, own) {
  const element = make('article', `message${own ? ' own' : ''}${first ? ' first' : ''}`);
  if (first) element.append(avatar(from));
  const name = make('span', first && !own ? 'from' : 'from unseen', from);
  const body = make('p', 'text', ...linked(text));
  body.dir = 'auto';
  element.append(make('header', '', name, make('span', '', time)), body);
  return element;
}

/** An address of the web, up to what ends it in a text, Chinese or not. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`，。！？；：、…—～（）【】《》〈〉「」『』“”‘’\p{Bidi_C}]+/giu;

/** Yields a text with its addresses as links; what may end a sentence does not belong to them. */
function* linked(text) {
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    let address = found.replace(/[.,;:!?*_~]+$/, '');
    // A bracket that was opened before it.
    while (/[)\]}]$/.test(address) && !/[([{]/.test(address)) address = address.slice(0, -1).replace(/[.,;:!?]+$/, '');
    if (!URL.canParse(address)) continue;
    yield text.slice(end, index);
    const link = make('a', '', address);
    link.href = address;
    link.dir = 'ltr'; // whatever is around it
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    yield link;
    end = index + address.length;
  }
  yield text.slice(end);
}

//! What nobody expects of a page, and somebody does.

use std::path::Path;

use chat_protocol::{Event, Request};
use serde_json::json;

use crate::devtools::{Browser, Page};
use crate::reading::{has_title, join, reload, size};
use crate::support::{Directory, Outcome, Server, lasting_address};
use crate::{enter, say, shows};

/// Nothing is wider than the page or the log.
const FITS: &str = "document.documentElement.scrollWidth <= innerWidth && log.scrollWidth <= log.clientWidth";

/// What is to be pressed can be reached on a phone, and one sees where one is.
const REACHED: &str =
    "[...document.querySelectorAll('main > header *')].filter(it => it.checkVisibility() && !it.matches('.unseen'))
    .every(it => it.getBoundingClientRect().right <= innerWidth) && document.getElementById('title').offsetWidth > 20";

/// With `CHAT_PICTURES` it is to be looked at.
fn look_at(browser: &mut Browser, page: &Page, name: &str) -> Outcome {
    let Some(directory) = std::env::var_os("CHAT_PICTURES") else { return Ok(()) };
    browser.evaluate(page, crate::SETTLE)?;
    browser.picture(page, &Path::new(&directory).join(format!("odd-{name}.png")))
}

#[test]
fn odd_names_texts_and_links_are_shown_as_they_are() -> Outcome {
    let directory = Directory::new("chat-odd")?;
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let server = Server::start(&["--rate", "0"])?;
    let url = format!("http://{}/", server.address);
    let ming = browser.open(&url, "zh-CN")?;
    size(&mut browser, &ming, 390, 700)?;
    enter(&mut browser, &ming, "👩‍🚀小明")?;
    let ido = browser.open(&url, "en-US")?;
    enter(&mut browser, &ido, "עידו")?;
    let eva = browser.open(&url, "en-US")?;
    enter(&mut browser, &eva, "E\u{301}va")?;
    browser.wait_for(&ming, "document.querySelectorAll('#people li').length === 3")?;
    // What is one letter to the eye is one on the avatar.
    let letter = "document.querySelector('#people :disabled .avatar').dataset.letter";
    assert_eq!(browser.evaluate(&ming, letter)?, "👩‍🚀");

    // The same name to the eye is the same name.
    let other = browser.open(&url, "en-US")?;
    browser.write(&other, "ÉVA")?;
    browser.press_enter(&other)?;
    browser.wait_for(&other, "document.getElementById('name-problem').textContent !== ''")?;

    say(&mut browser, &ido, "שלום, hello, 你好")?;
    say(&mut browser, &eva, "z\u{335}\u{321}\u{31b}a\u{336}\u{322}lgo 👩‍👩‍👧‍👦🇨🇳")?;
    look_at(&mut browser, &ming, "names-phone")?;
    let long = format!("https://example.com/{}", "a".repeat(1900));
    say(&mut browser, &ming, &long)?;
    say(
        &mut browser,
        &ido,
        "看 https://例子.中国/路径?x=1#y。javascript:alert(1) JaVaScRiPt://x%0aalert(1) data:text/html,x",
    )?;
    say(
        &mut browser,
        &ido,
        "“https://a.example/”、https://b.example/（首页）https://c.example/x——完，https://d.example/…",
    )?;
    // What turns the direction round is not part of an address.
    say(&mut browser, &eva, "https://example.org/\u{202e}gnp.exe")?;
    say(&mut browser, &eva, &"W".repeat(2000))?;
    shows(&mut browser, &ming, &"W".repeat(2000))?;
    look_at(&mut browser, &ming, "long-phone")?;
    let lines = (1..=100).map(|line| format!("第 {line} 行")).collect::<Vec<_>>().join("\n");
    say(&mut browser, &ming, &lines)?;
    for page in [&ming, &ido, &eva] {
        shows(&mut browser, page, &lines)?;
        browser.wait_for(page, FITS)?;
    }
    look_at(&mut browser, &ming, "lines-phone")?;
    let links = "JSON.stringify([...document.querySelectorAll('#log a')].map(it => it.href))";
    let expected = json!([
        long,
        "https://xn--fsqu00a.xn--fiqs8s/%E8%B7%AF%E5%BE%84?x=1#y",
        "https://a.example/",
        "https://b.example/",
        "https://c.example/x",
        "https://d.example/",
        "https://example.org/"
    ]);
    assert_eq!(browser.evaluate(&eva, links)?, expected.to_string());
    // Each is read from the left, in a text from the right and behind what turns the direction round.
    let directions = "[...document.querySelectorAll('#log a')].every(it => getComputedStyle(it).unicodeBidi === 'isolate' && it.dir === 'ltr')";
    assert_eq!(browser.evaluate(&ido, directions)?, true);
    look_at(&mut browser, &ido, "names-desktop")?;
    browser.evaluate(&ming, "void document.getElementById('menu').click()")?;
    look_at(&mut browser, &ming, "menu-phone")?;
    browser.evaluate(&ming, "void document.getElementById('menu').click()")?;

    // The longest name of a room leaves what is beside it in its place.
    let line = "document.querySelector('main > header').offsetHeight";
    let height = browser.evaluate(&ming, line)?;
    browser.evaluate(&ming, "void document.getElementById('menu').click()")?;
    join(&mut browser, &ming, &"w".repeat(24))?;
    has_title(&mut browser, &ming, &"w".repeat(24))?;
    browser.wait_for(&ming, &format!("{line} === {height} && {REACHED}"))?;
    browser.evaluate(&ming, "void document.getElementById('leave').click()")?;

    // Privately, too, where the name is the conversation's.
    browser.click(&ido, "#people button", "👩‍🚀小明")?;
    say(&mut browser, &ido, "סוד")?;
    browser.click(&ming, "#rooms .person", "עידו")?;
    shows(&mut browser, &ming, "סוד")?;
    look_at(&mut browser, &ming, "private-phone")?;
    reload(&mut browser, &ming)?;
    has_title(&mut browser, &ming, "עידו")?;
    shows(&mut browser, &ming, "סוד")
}

#[test]
fn very_many_rooms_and_back_and_forward_among_them() -> Outcome {
    let directory = Directory::new("chat-many-rooms")?;
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let server = Server::start(&["--rate", "0"])?;
    let mut others = Vec::new();
    for client in 0..13 {
        let mut other = server.connect()?;
        other.hello(&format!("other-{client}"))?;
        for room in 0..16 {
            other.join(&format!("room-{}", client * 16 + room), None)?;
        }
        others.push(other);
    }
    let page = browser.open(&format!("http://{}/", server.address), "en-US")?;
    enter(&mut browser, &page, "小明")?;
    browser.wait_for(&page, "document.querySelectorAll('#rooms .other').length === 99 || document.querySelectorAll('#rooms .other').length === 100")?;
    let other = "document.querySelector('#rooms .other')";
    assert_eq!(browser.evaluate(&page, &format!("{other}.lastChild.textContent"))?, "1 person");
    assert_eq!(browser.evaluate(&page, &format!("{other}.querySelector('.size').ariaHidden"))?, "true");
    // An address that names nobody leads nowhere.
    browser.evaluate(&page, "void (location.hash = '@')")?;
    browser.wait_for(&page, "location.hash === '#@'")?;
    assert_eq!(browser.evaluate(&page, "document.querySelectorAll('#rooms .person').length")?, 0);
    look_at(&mut browser, &page, "rooms-desktop")?;
    size(&mut browser, &page, 390, 560)?;
    browser.evaluate(&page, "void document.getElementById('menu').click()")?;
    look_at(&mut browser, &page, "rooms-phone")?;
    browser.evaluate(&page, "void document.getElementById('menu').click()")?;
    browser.on(&page, "Emulation.clearDeviceMetricsOverride", json!({}))?;

    // One is in 16 at most; the next says so and is not left behind.
    for number in 0..16 {
        join(&mut browser, &page, &format!("mine-{number}"))?;
        if number < 15 {
            has_title(&mut browser, &page, &format!("mine-{number}"))?;
            browser.wait_for(&page, "document.querySelectorAll('#people li').length === 1")?;
        }
    }
    browser.wait_for(&page, "problem.textContent === 'You are in too many rooms.'")?;
    browser.wait_for(&page, "document.querySelectorAll('#rooms .room:not(.other)').length === 16")?;
    // The list is longer than what is seen of it, which is where one is.
    for name in ["mine-14", "Lobby", "mine-14"] {
        browser.click(&page, "#rooms .room", name)?;
        browser.wait_for(
            &page,
            "((list, { top, bottom }) => top >= list.top && bottom <= list.bottom)
            (rooms.getBoundingClientRect(), document.querySelector('#rooms [aria-current]').getBoundingClientRect())",
        )?;
    }
    browser.click(&page, "#rooms .room", "mine-3")?;
    browser.click(&page, "#rooms .room", "mine-4")?;
    for (step, title) in [("back", "mine-3"), ("forward", "mine-4"), ("back", "mine-3")] {
        browser.evaluate(&page, &format!("history.{step}()"))?;
        has_title(&mut browser, &page, title)?;
    }

    // A room that was left is entered again by Forward, and is alive.
    browser.evaluate(&page, "history.forward()")?;
    has_title(&mut browser, &page, "mine-4")?;
    browser.click(&page, "#rooms .room", "mine-3")?;
    browser.click(&page, "#rooms .room", "mine-4")?;
    browser.evaluate(&page, "void document.getElementById('leave').click()")?;
    has_title(&mut browser, &page, "Lobby")?;
    browser.evaluate(&page, "history.go(-2)")?;
    has_title(&mut browser, &page, "mine-4")?;
    say(&mut browser, &page, "still here")?;
    shows(&mut browser, &page, "still here")?;

    // Private conversations come behind the rooms, the latest one first.
    for (number, other) in others[..3].iter_mut().enumerate() {
        other.send(&Request::Tell { id: format!("p-{number}"), to: "小明".into(), text: "psst".into() })?;
        other.told()?;
    }
    let names = "[...document.querySelectorAll('#rooms button:not(.other)')].slice(16).map(it => it.children[0].textContent).join()";
    browser.wait_for(&page, &format!("{names} === 'other-2,other-1,other-0'"))?;
    // However many come and leave at a time, it is one line; who comes back has not left.
    for (client, other) in others.iter_mut().enumerate() {
        // They may be in no more rooms either.
        other.send(&Request::Leave { room: format!("room-{}", client * 16) })?;
        other.until(|event| matches!(event, Event::Left { .. }).then_some(()))?;
        other.join("mine-4", None)?;
    }
    let notes = "[...document.querySelectorAll('#log .note')].map(it => it.textContent).join()";
    let entered = "other-0, other-1, other-2, other-3, other-4, and 8 others are here";
    browser.wait_for(&page, &format!("{notes} === {entered:?}"))?;
    // Nor are many who write all named.
    for other in &mut others {
        other.send(&Request::Typing { room: "mine-4".into() })?;
    }
    browser.wait_for(&page, "document.getElementById('typing').textContent === 'Several people are writing…'")?;
    say(&mut browser, &page, "welcome")?;
    shows(&mut browser, &page, "welcome")?;
    for room in [Request::Leave { room: "mine-4".into() }, Request::Join { room: "mine-4".into(), after: None }] {
        others[1].send(&room)?;
    }
    others[0].send(&Request::Leave { room: "mine-4".into() })?;
    browser.wait_for(&page, &format!("{notes} === '{entered},other-0 has left'"))
}

#[test]
fn a_page_that_may_keep_nothing_works_all_the_same() -> Outcome {
    let directory = Directory::new("chat-no-storage")?;
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let server = Server::start(&[])?;
    let page = browser.open("about:blank", "en-US")?;
    let denied =
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('', 'SecurityError'); } })";
    browser.on(&page, "Page.enable", json!({}))?;
    browser.on(&page, "Page.addScriptToEvaluateOnNewDocument", json!({"source": denied}))?;
    browser.on(&page, "Page.navigate", json!({"url": format!("http://{}/", server.address)}))?;
    browser.wait_for(&page, "document.querySelector('html.script') !== null")?;
    enter(&mut browser, &page, "小明")?;
    browser.wait_for(&page, "getComputedStyle(log, '::before').content === '\"Nothing has been said here yet.\"'")?;
    say(&mut browser, &page, "hello")?;
    shows(&mut browser, &page, "hello")
}

#[test]
fn two_tabs_and_a_server_that_goes_while_one_writes() -> Outcome {
    let directory = Directory::new("chat-two-tabs")?;
    let history = directory.file("chat.db");
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let address = lasting_address();
    let options = ["--history", &history];
    let mut server = Server::start_on(&address, &options)?;
    let url = format!("http://{address}/");
    let page = browser.open(&url, "en-US")?;
    enter(&mut browser, &page, "小明")?;
    say(&mut browser, &page, "one")?;
    shows(&mut browser, &page, "one")?;

    // A tab that was duplicated has the session: it goes on there, and can be taken back.
    let kept = browser.evaluate(&page, "JSON.stringify(sessionStorage)")?;
    let second = browser.open(&url, "en-US")?;
    browser.evaluate(&second, &format!("void Object.assign(sessionStorage, JSON.parse({kept}))"))?;
    reload(&mut browser, &second)?;
    shows(&mut browser, &second, "one")?;
    browser.wait_for(&page, "document.getElementById('state').className === 'taken'")?;
    size(&mut browser, &page, 390, 560)?;
    look_at(&mut browser, &page, "taken-phone")?;
    browser.wait_for(&page, REACHED)?;
    say(&mut browser, &page, "written in the old tab")?;
    browser.click(&page, "#state button", "Continue here")?;
    shows(&mut browser, &page, "written in the old tab")?;
    browser.wait_for(&second, "document.getElementById('state').className === 'taken'")?;

    // What is being written stays when the server goes and comes.
    browser.write(&page, "half a sentence")?;
    server.process.kill()?;
    server.wait()?;
    browser.wait_for(&page, "document.getElementById('state').className === 'waiting'")?;
    look_at(&mut browser, &page, "waiting-phone")?;
    browser.wait_for(&page, REACHED)?;
    browser.write(&page, ", and the rest")?;
    let server = Server::start_on(&address, &options)?;
    browser.wait_for(&page, "document.getElementById('state').className === 'open'")?;
    assert_eq!(browser.evaluate(&page, "text.value")?, "half a sentence, and the rest");
    browser.press_enter(&page)?;
    shows(&mut browser, &page, "half a sentence, and the rest")?;
    let mut late = server.connect()?;
    late.send(&Request::Hello { name: "late".into(), session: None, after: None })?;
    late.until(|event| matches!(event, Event::Hello { .. }).then_some(()))?;
    let texts: Vec<_> = late.join("lobby", None)?.1.into_iter().map(|said| said.text).collect();
    assert_eq!(texts, ["one", "written in the old tab", "half a sentence, and the rest"]);
    Ok(())
}

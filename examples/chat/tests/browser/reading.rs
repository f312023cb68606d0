//! What the page shows of what was said: where its reader is, what is new, what a reload and the browser's Back keep.

use std::path::Path;
use std::time::{Duration, Instant};

use chat_protocol::Request;
use serde_json::json;

use crate::devtools::{Browser, Page};
use crate::support::{Client, Directory, Outcome, PATIENCE, Server};
use crate::{enter, say, shows};

/// How far the end of the log is from being seen.
const BELOW: &str = "Math.abs(log.scrollHeight - log.scrollTop - log.clientHeight)";

pub(crate) fn size(browser: &mut Browser, page: &Page, width: u32, height: u32) -> Outcome {
    let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": true});
    browser.on(page, "Emulation.setDeviceMetricsOverride", size).map(drop)
}

fn say_many(client: &mut Client, room: &str, numbers: std::ops::Range<u32>) -> Outcome {
    for number in numbers {
        client.say(&format!("{room}-{number}"), room, &format!("message {number}"))?;
        client.said()?;
    }
    Ok(())
}

pub(crate) fn reload(browser: &mut Browser, page: &Page) -> Outcome {
    browser.evaluate(page, "void (window.before = true)")?;
    browser.on(page, "Page.reload", json!({}))?;
    browser.wait_for(page, "!window.before && document.getElementById('state')?.className === 'open'")
}

pub(crate) fn join(browser: &mut Browser, page: &Page, room: &str) -> Outcome {
    browser.evaluate(page, "void document.getElementById('join-room').focus()")?;
    browser.write(page, room)?;
    browser.press_enter(page)
}

pub(crate) fn has_title(browser: &mut Browser, page: &Page, title: &str) -> Outcome {
    browser.wait_for(page, &format!("document.getElementById('title').textContent === {title:?}"))
}

#[test]
fn the_log_keeps_its_end_and_its_reader_s_place() -> Outcome {
    let directory = Directory::new("chat-reading")?;
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let server = Server::start(&["--rate", "0"])?;
    let mut other = server.enter("Ana")?;
    say_many(&mut other, "lobby", 0..160)?;
    let page = browser.open(&format!("http://{}/", server.address), "en-US")?;
    size(&mut browser, &page, 390, 700)?;
    enter(&mut browser, &page, "小明")?;
    shows(&mut browser, &page, "message 159")?;

    // The keyboard opens, the phone is turned, the text grows: the end stays in sight, and new messages are followed.
    for (width, height) in [(390, 350), (700, 390), (390, 700)] {
        size(&mut browser, &page, width, height)?;
        browser.wait_for(&page, &format!("innerHeight === {height} && {BELOW} < 2"))?;
    }
    // On a phone that lies on its side, too, something is to be read above the keyboard.
    size(&mut browser, &page, 667, 170)?;
    browser.wait_for(&page, &format!("log.clientHeight > 60 && {BELOW} < 2"))?;
    size(&mut browser, &page, 390, 700)?;
    browser.wait_for(&page, &format!("innerHeight === 700 && {BELOW} < 2"))?;
    let height = browser.evaluate(&page, "log.clientHeight")?;
    browser.evaluate(&page, "void document.getElementById('text').focus()")?;
    browser.write(&page, "1\n2\n3\n4\n5")?;
    browser.wait_for(&page, &format!("log.clientHeight < {height} && {BELOW} < 2"))?;
    // Who reads further up is told what is new, over the log and not over what is being written.
    browser.evaluate(&page, "void (log.scrollTop = 0)")?;
    say_many(&mut other, "lobby", 160..161)?;
    let newest = "document.getElementById('newest')";
    browser.wait_for(&page, &format!("!{newest}.hidden"))?;
    let [log_ends, newest_ends] =
        ["log", newest].map(|it| browser.evaluate(&page, &format!("{it}.getBoundingClientRect().bottom")));
    assert!(newest_ends?.as_f64() <= log_ends?.as_f64());
    browser.click(&page, "#newest", "New messages ↓")?;
    say_many(&mut other, "lobby", 161..165)?;
    shows(&mut browser, &page, "message 164")?;
    browser.wait_for(&page, &format!("{BELOW} < 2 && document.getElementById('newest').hidden"))?;

    // What was said before comes as one reads further up, where one reads nothing moves.
    let count = "document.querySelectorAll('#log .message').length";
    let first = "[...document.querySelectorAll('#log .text')].find(it => it.textContent === first)";
    for round in 0..2 {
        let before = browser.evaluate(&page, count)?;
        browser
            .evaluate(&page, "window.first = document.querySelector('#log .text').textContent, log.scrollTop = 0")?;
        browser.wait_for(&page, &format!("{count} > {before}"))?;
        let moved = browser
            .evaluate(&page, &format!("{first}.getBoundingClientRect().top - log.getBoundingClientRect().top"))?;
        assert!(moved.as_f64().is_some_and(|top| top.abs() < 120.0), "round {round}: {moved}");
    }
    browser.evaluate(&page, "void (log.scrollTop = 0)")?;
    shows(&mut browser, &page, "message 0")?;
    // Nothing of it is new, nor is that somebody comes.
    let _eva = server.enter("Eva")?;
    browser.wait_for(&page, "document.querySelector('#log .note')?.textContent === 'Eva is here'")?;
    assert_eq!(browser.evaluate(&page, &format!("{newest}.hidden"))?, true);
    let texts = "JSON.stringify([...document.querySelectorAll('#log .text')].map(it => it.textContent))";
    let all = browser.evaluate(&page, texts)?;
    assert_eq!(all, json!((0..165).map(|number| format!("message {number}")).collect::<Vec<_>>()).to_string());

    // It comes as well where there is room for it from the start, and nothing to scroll, and the end stays in sight.
    size(&mut browser, &page, 390, 3000)?;
    reload(&mut browser, &page)?;
    browser.wait_for(&page, &format!("{count} >= 100 && {BELOW} < 2"))?;
    size(&mut browser, &page, 390, 9000)?;
    reload(&mut browser, &page)?;
    shows(&mut browser, &page, "message 0")?;
    // A day of another year says so.
    let day = browser.evaluate(&page, "import('/words.js').then(words => words.dayOf(1e15))")?;
    assert!(day.as_str().is_some_and(|day| day.contains("2001")), "{day}");

    // There is one line before what is new, however often one looks away.
    let looks = |away: bool| {
        format!(
            "Object.defineProperty(document, 'hidden', {{ value: {away}, configurable: true }}), void document.onvisibilitychange()"
        )
    };
    for number in 165..168 {
        browser.evaluate(&page, &looks(true))?;
        say_many(&mut other, "lobby", number..number + 1)?;
        browser.wait_for(&page, "document.title === '(1) Lobby · Chat'")?;
        browser.evaluate(&page, &looks(false))?;
        let after = browser.evaluate(&page, "[...document.querySelectorAll('.divider')].map(it => it.nextSibling.querySelector('.text').textContent).join()")?;
        assert_eq!(after, format!("message {number}"));
    }
    Ok(())
}

#[test]
fn nothing_moves_under_who_reads_the_oldest_of_many_messages() -> Outcome {
    let directory = Directory::new("chat-oldest")?;
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let server = Server::start(&["--rate", "0"])?;
    let mut other = server.enter("Ana")?;
    let page = browser.open(&format!("http://{}/", server.address), "en-US")?;
    enter(&mut browser, &page, "小明")?;
    say_many(&mut other, "lobby", 0..520)?;
    shows(&mut browser, &page, "message 519")?;
    let texts = "JSON.stringify([...document.querySelectorAll('#log .text')].map(it => it.textContent))";
    let messages = |numbers: std::ops::Range<u32>| json!(numbers.map(|n| format!("message {n}")).collect::<Vec<_>>());
    assert_eq!(browser.evaluate(&page, texts)?, messages(20..520).to_string());

    // Earlier ones are brought while others come: none of them is lost, what one reads or has selected stays as it is.
    let place = |text: &str| {
        format!(
            "(it => Math.round(it.getBoundingClientRect().top - log.getBoundingClientRect().top))
            ([...document.querySelectorAll('#log .text')].find(it => it.textContent === {text:?}))"
        )
    };
    server.signal("STOP")?;
    browser.evaluate(
        &page,
        "log.scrollTop = 0, getSelection().selectAllChildren(document.querySelectorAll('#log .text')[9])",
    )?;
    let before = browser.evaluate(&page, &place("message 29"))?;
    for number in 520..530 {
        other.say(&format!("lobby-{number}"), "lobby", &format!("message {number}"))?;
    }
    server.signal("CONT")?;
    shows(&mut browser, &page, "message 0")?;
    shows(&mut browser, &page, "message 529")?;
    assert_eq!(browser.evaluate(&page, texts)?, messages(0..530).to_string());
    assert_eq!(browser.evaluate(&page, &place("message 29"))?, before);
    assert_eq!(browser.evaluate(&page, "getSelection().toString()")?, "message 29");
    // They are all below one name and one day.
    let heads = "document.querySelectorAll('#log .first, #log .day').length";
    assert_eq!(browser.evaluate(&page, heads)?, 2);

    // At the very top nothing moves either.
    let top = browser.evaluate(&page, &format!("log.scrollTop = 0, {}", place("message 0")))?;
    say_many(&mut other, "lobby", 530..560)?;
    shows(&mut browser, &page, "message 559")?;
    assert_eq!(browser.evaluate(&page, &place("message 0"))?, top);
    // Who follows again keeps no more than before.
    browser.click(&page, "#newest", "New messages ↓")?;
    say_many(&mut other, "lobby", 560..561)?;
    shows(&mut browser, &page, "message 560")?;
    assert_eq!(browser.evaluate(&page, texts)?, messages(61..561).to_string());

    // On paper there is the conversation, whole.
    browser.on(&page, "Emulation.setEmulatedMedia", json!({"media": "print"}))?;
    let printed = "log.clientHeight >= log.scrollHeight && document.body.scrollHeight > 9000";
    browser.wait_for(&page, printed)?;
    assert_eq!(browser.evaluate(&page, "panel.checkVisibility() || composer.checkVisibility()")?, false);
    Ok(())
}

#[test]
fn a_reload_and_back_keep_room_draft_and_what_is_unread() -> Outcome {
    let directory = Directory::new("chat-reload")?;
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let server = Server::start(&["--rate", "0"])?;
    let url = format!("http://{}/", server.address);
    let page = browser.open(&url, "en-US")?;
    let ana = browser.open(&format!("{url}#Tea"), "en-US")?;
    enter(&mut browser, &page, "小明")?;
    enter(&mut browser, &ana, "Ana")?;
    // A link leads to its room; a room is the same whatever the case of its letters.
    has_title(&mut browser, &ana, "tea")?;
    join(&mut browser, &page, "TEA")?;
    has_title(&mut browser, &page, "tea")?;
    browser.wait_for(&page, "document.querySelectorAll('#people li').length === 2")?;
    assert_eq!(browser.evaluate(&page, "location.hash")?, "#tea");

    // Addresses become links, if they are of the web.
    say(&mut browser, &ana, "See https://example.com/a?b=(c). Or (http://example.org), javascript:alert(1), ftp://x")?;
    let links = "JSON.stringify([...document.querySelectorAll('#log a')].map(it => [it.href, it.rel, it.target]))";
    browser.wait_for(&page, "document.querySelectorAll('#log a').length === 2")?;
    let link = |address: &str| json!([address, "noopener noreferrer", "_blank"]);
    let expected = json!([link("https://example.com/a?b=(c)"), link("http://example.org/")]);
    assert_eq!(browser.evaluate(&page, links)?, expected.to_string());

    // What comes elsewhere meanwhile is unread, after a reload too, and so is what was begun to write.
    browser.click(&ana, "#people button", "小明")?;
    say(&mut browser, &ana, "for you alone")?;
    browser.wait_for(&page, "document.title === '(1) tea · Chat'")?;
    browser.evaluate(&page, "void document.getElementById('text').focus()")?;
    browser.write(&page, "half a sent")?;
    reload(&mut browser, &page)?;
    browser.wait_for(&page, "document.title === '(1) tea · Chat'")?;
    assert_eq!(browser.evaluate(&page, "[text.value, me.textContent].join()")?, "half a sent,小明");
    // The other side has it as well, on its own side.
    reload(&mut browser, &ana)?;
    has_title(&mut browser, &ana, "小明")?;
    shows(&mut browser, &ana, "for you alone")?;
    assert_eq!(browser.evaluate(&ana, "document.querySelectorAll('#log .own').length")?, 1);
    browser.click(&page, "#rooms .person", "Ana")?;
    shows(&mut browser, &page, "for you alone")?;
    assert_eq!(browser.evaluate(&page, "document.querySelectorAll('#log .own').length")?, 0);
    assert_eq!(browser.evaluate(&page, "text.value")?, "");
    say(&mut browser, &page, "thank you")?;
    shows(&mut browser, &ana, "thank you")?;

    // Back and forward lead from room to room.
    for (step, title) in [("back", "tea"), ("back", "Lobby"), ("forward", "tea")] {
        browser.evaluate(&page, &format!("history.{step}()"))?;
        has_title(&mut browser, &page, title)?;
    }
    assert_eq!(browser.evaluate(&page, "text.value")?, "half a sent");

    // A line is drawn where what is unread begins, and it is where one begins to read.
    let mut other = server.enter("Eva")?;
    say_many(&mut other, "lobby", 0..40)?;
    browser.wait_for(&page, "document.title.startsWith('(40)')")?;
    reload(&mut browser, &page)?;
    browser.wait_for(&page, "document.title.startsWith('(40)')")?;
    browser.click(&page, "#rooms .room", "Lobby")?;
    shows(&mut browser, &page, "message 39")?;
    let unread = "document.querySelector('#log .divider ~ .message .text').textContent";
    assert_eq!(browser.evaluate(&page, unread)?, "message 0");
    let top = "document.querySelector('#log .divider').getBoundingClientRect().top - log.getBoundingClientRect().top";
    browser.wait_for(&page, &format!("Math.abs({top}) < 40"))?;
    assert_eq!(browser.evaluate(&page, "document.title")?, "Lobby · Chat");

    // A page that comes back is told what was said to it meanwhile.
    leave(&mut browser, &page, &mut other)?;
    other.send(&Request::Tell { id: "away".into(), to: "小明".into(), text: "while you were away".into() })?;
    assert_eq!(other.told()?.id, "away");
    say_many(&mut other, "lobby", 40..90)?;
    browser.on(&page, "Page.navigate", json!({"url": url}))?;
    // What is new in the room that it shows is so too, and is read from there.
    shows(&mut browser, &page, "message 89")?;
    assert_eq!(browser.evaluate(&page, unread)?, "message 40");
    browser.wait_for(&page, &format!("Math.abs({top}) < 40 && document.title === '(1) Lobby · Chat'"))?;
    browser.click(&page, "#rooms .person", "Eva")?;
    shows(&mut browser, &page, "while you were away")?;

    // So is one that the browser has kept for a way Back.
    leave(&mut browser, &page, &mut other)?;
    other.send(&Request::Tell { id: "back".into(), to: "小明".into(), text: "welcome back".into() })?;
    assert_eq!(other.told()?.id, "back");
    browser.evaluate(&page, "history.back()")?;
    shows(&mut browser, &page, "welcome back")
}

/// Leads the page elsewhere, and waits until others know that its user is not there any more.
fn leave(browser: &mut Browser, page: &Page, other: &mut Client) -> Outcome {
    browser.on(page, "Page.navigate", json!({"url": "about:blank"}))?;
    let begun = Instant::now();
    while other.people("lobby")?.contains(&"小明".to_owned()) {
        assert!(begun.elapsed() < PATIENCE, "the page stays");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

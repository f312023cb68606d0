//! The page in two real browsers and the terminal client, in one room.
//!
//! With `CHAT_PICTURES=DIRECTORY` it also takes the pictures of the README.
#![cfg(target_os = "linux")]

mod clock;
#[path = "../../../../tests/support/devtools.rs"]
mod devtools;
#[cfg(feature = "redis")]
mod machines;
mod odd;
mod reading;
#[cfg(feature = "redis")]
#[path = "../chat/redis.rs"]
#[allow(dead_code, reason = "the servers' test uses the rest")]
mod redis;
#[path = "../../../../tests/support/skip.rs"]
mod skip;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "each test uses a part")]
mod support;
mod writing;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chat_protocol::{Event, Request, Told};
use devtools::{Browser, Page};
use serde_json::json;
use support::{Directory, Outcome, PATIENCE, Server, Terminal, lasting_address};

/// Gives the page a name, by the keyboard alone.
fn enter(browser: &mut Browser, page: &Page, name: &str) -> Outcome {
    browser.wait_for(page, "document.activeElement.id === 'name'")?;
    browser.write(page, name)?;
    browser.press_enter(page)?;
    browser
        .wait_for(page, "document.getElementById('state').className === 'open' && document.activeElement.id === 'text'")
}

fn say(browser: &mut Browser, page: &Page, text: &str) -> Outcome {
    browser.evaluate(page, "void document.getElementById('text').focus()")?;
    browser.write(page, text)?;
    browser.press_enter(page)
}

/// Waits until the page shows exactly one message with this text, which is not waiting to be sent.
fn shows(browser: &mut Browser, page: &Page, text: &str) -> Outcome {
    browser.wait_for(page, &format!("({COUNT})({text:?}) === 1"))
}

/// How many messages with this text there are.
const COUNT: &str = "text => [...document.querySelectorAll('#log .message:not(.unsent) .text')]
    .filter(it => it.textContent === text).length";

#[test]
fn two_pages_and_a_terminal_talk_through_a_restart() -> Outcome {
    let directory = Directory::new("chat-browser")?;
    let history = directory.file("chat.db");
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let options = ["--history", history.as_str()];
    let mut server = Server::start_on(&lasting_address(), &options)?;
    let url = format!("http://{}/", server.address);

    let ming = browser.open(&url, "zh-CN")?;
    let ana = browser.open(&url, "en-US")?;
    assert_eq!(browser.evaluate(&ming, "document.querySelector('#name-form button').textContent")?, "进入");
    assert_eq!(browser.evaluate(&ana, "document.querySelector('#name-form button').textContent")?, "Enter");
    enter(&mut browser, &ming, "小明")?;
    enter(&mut browser, &ana, "Ana")?;
    let mut terminal = Terminal::start(&server.url(), "终端")?;
    terminal.write("你好，我在终端里。")?;
    for page in [&ming, &ana] {
        shows(&mut browser, page, "你好，我在终端里。")?;
        browser.wait_for(page, "[...document.querySelectorAll('#people li')].length === 3")?;
    }

    // Both ways.
    say(&mut browser, &ming, "大家好！今天天气不错。")?;
    say(&mut browser, &ana, "Hello from the other page 👋")?;
    for page in [&ming, &ana] {
        shows(&mut browser, page, "大家好！今天天气不错。")?;
        shows(&mut browser, page, "Hello from the other page 👋")?;
    }

    // What looks like HTML is text.
    let script = "<script>document.title='x'</script><img src=x onerror=\"document.title='x'\">";
    say(&mut browser, &ana, script)?;
    shows(&mut browser, &ming, script)?;
    assert_eq!(browser.evaluate(&ming, "document.querySelectorAll('#log script, #log img').length")?, 0);
    assert_ne!(browser.evaluate(&ming, "document.title")?, "x");
    // The browser would not let the page take it for HTML by mistake either.
    let mistake =
        "(() => { try { log.insertAdjacentHTML('beforeend', '<b>x</b>'); } catch (error) { return error.name; } })()";
    assert_eq!(browser.evaluate(&ming, mistake)?, "TypeError");

    // Who writes is shown to the others.
    browser.evaluate(&ming, RECORD_TYPING)?;
    browser.write(&ana, "I am still wri")?;
    browser.wait_for(
        &ming,
        "typingShown.includes('Ana 正在输入…') && document.getElementById('typing').textContent === ''",
    )?;
    browser.evaluate(&ana, "void (document.getElementById('text').value = '')")?;

    // A private message, which only counts as unread for its receiver.
    browser.click(&ming, "#people button", "Ana")?;
    say(&mut browser, &ming, "这句话只有你看得到")?;
    browser.wait_for(&ana, "document.title.startsWith('(1) ')")?;
    assert_eq!(browser.evaluate(&ana, "document.querySelector('#rooms .badge + *').textContent")?, "1 unread");
    browser.click(&ana, "#rooms button", "小明")?;
    shows(&mut browser, &ana, "这句话只有你看得到")?;
    browser.wait_for(&ana, "!document.title.startsWith('(')")?;
    say(&mut browser, &ana, "Got it")?;
    shows(&mut browser, &ming, "Got it")?;
    for page in [&ming, &ana] {
        browser.click(page, "#rooms button", if *page == ming { "大厅" } else { "Lobby" })?;
    }

    // The server goes, killed; what is written meanwhile waits, on the page and in the terminal.
    server.process.kill()?;
    server.wait()?;
    for page in [&ming, &ana] {
        browser.wait_for(page, "document.getElementById('state').className === 'waiting'")?;
    }
    say(&mut browser, &ming, "断线时写的第一句")?;
    say(&mut browser, &ming, "断线时写的第二句")?;
    browser.wait_for(&ming, "document.querySelectorAll('#log .unsent').length === 2")?;
    terminal.write("终端断线时写的")?;
    let server = Server::start_on(&server.address, &options)?;
    let everything = [
        "你好，我在终端里。",
        "大家好！今天天气不错。",
        "Hello from the other page 👋",
        script,
        "断线时写的第一句",
        "断线时写的第二句",
        "终端断线时写的",
    ];
    for page in [&ming, &ana] {
        for text in everything {
            shows(&mut browser, page, text)?;
        }
        let count = "document.querySelectorAll('#log .message').length";
        assert_eq!(browser.evaluate(page, count)?, everything.len());
    }
    // Order is kept, and a newcomer is told the same.
    let eva = browser.open(&url, "en-US")?;
    enter(&mut browser, &eva, "Eva")?;
    let texts = "JSON.stringify([...document.querySelectorAll('#log .text')].map(it => it.textContent))";
    shows(&mut browser, &eva, everything[6])?;
    let told = browser.evaluate(&eva, texts)?;
    assert_eq!(browser.evaluate(&ming, texts)?, told);
    assert_eq!(browser.evaluate(&ana, texts)?, told);

    // A name that is taken is asked for again.
    let other = browser.open(&url, "en-US")?;
    browser.write(&other, "小明")?;
    browser.press_enter(&other)?;
    browser
        .wait_for(&other, "document.getElementById('name-problem').textContent === 'Somebody else has this name.'")?;

    if let Some(pictures) = std::env::var_os("CHAT_PICTURES") {
        take_pictures(&mut browser, &ming, &ana, &PathBuf::from(pictures))?;
    }
    assert!(terminal.finish()?.success());
    for text in everything {
        assert_eq!(terminal.shown.lines().filter(|line| line.ends_with(text)).count(), 1, "{text}");
    }
    drop(server);
    Ok(())
}

#[test]
fn a_page_keeps_order_place_and_focus() -> Outcome {
    let directory = Directory::new("chat-page")?;
    let history = directory.file("chat.db");
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let address = lasting_address();
    let mut server = Server::start_on(&address, &["--history", &history, "--rate", "0"])?;
    let mut other = server.enter("Ana")?;
    other.say("before", "lobby", "before you came")?;
    let url = format!("http://{address}/");
    let page = browser.open(&url, "en-US")?;
    enter(&mut browser, &page, "小明")?;

    // What was said before one came is not unread.
    shows(&mut browser, &page, "before you came")?;
    assert_eq!(browser.evaluate(&page, "document.title")?, "Lobby · Chat");

    // One's own words are on one's own side, in whichever direction they are written.
    say(&mut browser, &page, "שלום")?;
    shows(&mut browser, &page, "שלום")?;
    let end =
        "[...document.querySelectorAll('#log .own, #log .own .text')].map(it => it.getBoundingClientRect().right)";
    browser.wait_for(&page, &format!("(([all, text]) => all === text)({end})"))?;

    // A room that cannot be entered leaves nothing behind, nor does one that is left before one is in it.
    let rooms = "[...document.querySelectorAll('#rooms .room')].map(it => it.textContent).join()";
    browser.evaluate(&page, "void document.getElementById('join-room').focus()")?;
    browser.write(&page, "tea house")?;
    browser.press_enter(&page)?;
    browser.wait_for(&page, "document.getElementById('problem').textContent === 'A name has no blanks.'")?;
    browser.wait_for(&page, &format!("{rooms} === 'Lobby' && document.title === 'Lobby · Chat'"))?;
    browser.evaluate(&page, "void document.getElementById('join-room').focus()")?;
    browser.write(&page, "茶馆")?;
    browser.evaluate(
        &page,
        "document.getElementById('join').requestSubmit(); void document.getElementById('leave').click()",
    )?;
    other.send(&Request::Join { room: "茶馆".into(), after: None })?;
    let begun = Instant::now();
    while other.people("茶馆")? != ["Ana"] {
        assert!(begun.elapsed() < PATIENCE, "the page stays in the room");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(browser.evaluate(&page, rooms)?, "Lobby");

    // Nor is that of another room after a reload, only what comes then.
    other.say("old", "茶馆", "old tea")?;
    browser.evaluate(&page, "void document.getElementById('join-room').focus()")?;
    browser.write(&page, "茶馆")?;
    browser.press_enter(&page)?;
    shows(&mut browser, &page, "old tea")?;
    browser.click(&page, "#rooms .room", "Lobby")?;
    browser.on(&page, "Page.reload", json!({}))?;
    other.until(|event| matches!(event, Event::Left { room, .. } if room == "茶馆").then_some(()))?;
    other.until(|event| matches!(event, Event::Entered { room, .. } if room == "茶馆").then_some(()))?;
    other.say("new", "茶馆", "new tea")?;
    browser.wait_for(&page, "document.title.startsWith('(')")?;
    assert_eq!(browser.evaluate(&page, "document.title")?, "(1) Lobby · Chat");
    browser.click(&page, "#rooms .room", "茶馆")?;
    browser.click(&page, "#leave", "×")?;

    // Who reads further up stays there, however much comes.
    for number in 0..600 {
        other.say(&format!("many-{number}"), "lobby", &format!("message {number}"))?;
        if number == 300 {
            shows(&mut browser, &page, "message 300")?;
            browser.evaluate(&page, "void (log.scrollTop = log.scrollHeight / 2)")?;
        }
    }
    browser.wait_for(&page, &format!("({COUNT})('message 599') === 1 && !document.getElementById('newest').hidden"))?;
    let below = browser.evaluate(&page, "log.scrollHeight - log.scrollTop - log.clientHeight")?;
    assert!(below.as_f64() > Some(1000.0), "{below}");

    // A private conversation goes on with who has another name.
    other.send(&Request::Tell { id: "p".into(), to: "小明".into(), text: "psst".into() })?;
    browser.click(&page, "#rooms .person", "Ana")?;
    browser.write(&page, "是你吗")?;
    other.send(&Request::Hello { name: "Eva".into(), session: None, after: None })?;
    browser.wait_for(&page, "document.getElementById('title').textContent === 'Eva'")?;
    // What was begun to write is not for who has the old name now.
    let _new = server.enter("Ana")?;
    browser.click(&page, "#rooms .room", "Lobby")?;
    browser.click(&page, "#people button", "Ana")?;
    assert_eq!(browser.evaluate(&page, "document.getElementById('text').value")?, "");
    browser.click(&page, "#rooms .person", "Eva")?;
    say(&mut browser, &page, "？")?;
    let text = other.until(|event| match event {
        Event::Told(Told { text, from, .. }) => (from == "小明").then_some(text),
        _ => None,
    })?;
    assert_eq!(text, "是你吗？");
    browser.click(&page, "#rooms .room", "Lobby")?;

    // On a phone the menu takes the focus and gives it back.
    let size = json!({"width": 390, "height": 560, "deviceScaleFactor": 1, "mobile": true});
    browser.on(&page, "Emulation.setDeviceMetricsOverride", size)?;
    browser.evaluate(&page, "void document.getElementById('menu').click()")?;
    browser.wait_for(&page, "document.activeElement.closest('#rooms')")?;
    browser.press_escape(&page)?;
    browser.wait_for(&page, "document.activeElement.id === 'menu'")?;

    // More is written without a connection than a client may say at once: it comes, in order.
    server.process.kill()?;
    server.wait()?;
    browser.wait_for(&page, "document.getElementById('state').className === 'waiting'")?;
    for number in 0..30 {
        say(&mut browser, &page, &format!("离线 {number}"))?;
    }
    let server = Server::start_on(&address, &["--history", &history])?;
    browser.wait_for(&page, "document.querySelectorAll('#log .unsent').length === 0")?;
    let mut late = server.connect()?;
    late.hello("late")?;
    let said = late.join("lobby", None)?.1.into_iter().map(|said| said.text);
    let texts: Vec<_> = said.filter(|text| text.starts_with("离线")).collect();
    assert_eq!(texts, (0..30).map(|number| format!("离线 {number}")).collect::<Vec<_>>());
    Ok(())
}

/// A desktop and a phone, by day and by night.
fn take_pictures(browser: &mut Browser, ming: &Page, ana: &Page, directory: &Path) -> Outcome {
    for (page, own, other) in [(ming, "大厅", "Ana"), (ana, "Lobby", "小明")] {
        browser.evaluate(page, "void document.getElementById('join-room').focus()")?;
        browser.write(page, "茶馆")?;
        browser.press_enter(page)?;
        browser.wait_for(page, "document.getElementById('title').textContent === '茶馆'")?;
        browser
            .wait_for(page, &format!("document.getElementById('people').textContent.includes({other:?}) || {own:?}"))?;
    }
    let lines = [
        (ming, "大家好！这个聊天室是用 Rust 写的吗？"),
        (ana, "Yes: PHP's socket functions, poll, and a WebSocket server on top."),
        (ana, "The page is plain HTML. Here is some: <b>not bold</b>"),
        (ming, "太好了，断线重连也不会丢消息。"),
        (ming, "我把 PHP 的代码一行一行搬过来，行为完全一样。"),
    ];
    for (page, text) in lines {
        say(browser, page, text)?;
        shows(browser, ming, text)?;
        shows(browser, ana, text)?;
    }
    browser.write(ana, "One line of PHP, one line of Rust")?;
    browser.wait_for(ming, "document.getElementById('typing').textContent !== ''")?;
    for theme in ["light", "dark"] {
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": theme}]});
        for (page, name) in [(ming, "zh"), (ana, "en")] {
            browser.on(page, "Emulation.setEmulatedMedia", media.clone())?;
            for (device, width, height, scale) in [("desktop", 880, 560, 1), ("phone", 390, 560, 2)] {
                let size = json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": scale > 1});
                browser.on(page, "Emulation.setDeviceMetricsOverride", size)?;
                browser.evaluate(page, SETTLE)?;
                browser.picture(page, &directory.join(format!("{name}-{device}-{theme}.png")))?;
            }
            browser.evaluate(page, "void document.getElementById('menu').click()")?;
            browser.evaluate(page, SETTLE)?;
            browser.picture(page, &directory.join(format!("{name}-menu-{theme}.png")))?;
            browser.evaluate(page, "void document.getElementById('menu').click()")?;
        }
    }
    Ok(())
}

/// Keeps all that the notice of who is writing says: it may be gone before one looks.
const RECORD_TYPING: &str = "window.typingShown = [];
    const typing = document.getElementById('typing');
    void new MutationObserver(() => typingShown.push(typing.textContent)).observe(typing, { childList: true })";

/// Lets a change of the layout come to its end.
const SETTLE: &str = "new Promise(done => { log.scrollTop = log.scrollHeight; setTimeout(done, 400) })";

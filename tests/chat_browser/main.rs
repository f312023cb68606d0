//! The page in two real browsers and the terminal client, in one room.
//!
//! With `CHAT_PICTURES=DIRECTORY` it also takes the pictures of the README.
#![cfg(all(target_os = "linux", feature = "poll", feature = "ws"))]

#[path = "../chat_support/mod.rs"]
#[allow(dead_code, reason = "each test uses a part")]
mod chat_support;
mod devtools;

use std::path::{Path, PathBuf};

use chat_support::{Directory, Outcome, Server, Terminal, lasting_address};
use devtools::{Browser, Page};
use serde_json::json;

/// Gives the page a name, by the keyboard alone.
fn enter(browser: &mut Browser, page: &Page, name: &str) -> Outcome {
    browser.wait_for(page, "document.activeElement.id === 'name'")?;
    browser.write(page, name)?;
    browser.press_enter(page)?;
    browser
        .wait_for(page, "document.getElementById('state').className === 'open' && !naming.open && title.textContent")?;
    browser.evaluate(page, "void text.focus()")?;
    Ok(())
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
    let mut server = Server::start_on(&lasting_address()?, &options)?;
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
    assert_eq!(browser.evaluate(&ana, "document.querySelector('#rooms .badge').ariaLabel")?, "1 unread");
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
        (ana, "Yes: one thread, PHP's socket functions, and poll."),
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

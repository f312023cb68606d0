//! What the page does with what its user does: names, long texts, input methods, a network that goes, a screen reader.

use std::path::Path;
use std::time::{Duration, Instant};

use chat_protocol::{Event, Request};
use serde_json::json;

use crate::devtools::{Browser, Page};
use crate::reading::reload;
use crate::support::{Directory, Outcome, PATIENCE, Server, lasting_address};
use crate::{enter, say, shows};

fn press(browser: &mut Browser, page: &Page, key: &str, code: u32) -> Outcome {
    for kind in ["rawKeyDown", "keyUp"] {
        let event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
        browser.on(page, "Input.dispatchKeyEvent", event)?;
    }
    Ok(())
}

fn shows_problem(browser: &mut Browser, page: &Page, text: &str) -> Outcome {
    browser.wait_for(page, &format!("!problem.hidden && problem.textContent === {text:?}"))
}

#[test]
fn nothing_that_is_written_is_lost_or_taken_for_somebody_else_s() -> Outcome {
    let directory = Directory::new("chat-writing")?;
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let server = Server::start(&["--rate", "0"])?;
    let mut other = server.enter("Ana")?;
    let page = browser.open(&format!("http://{}/", server.address), "en-US")?;
    browser.wait_for(&page, "document.activeElement.id === 'name'")?;
    for (name, problem) in [
        ("  ", "A name has 1 to 24 characters."),
        ("a b", "A name has no blanks."),
        ("a\u{200b}b", "A name has no invisible characters."),
        ("ＡＮＡ", "Somebody else has this name."),
        (&"x".repeat(25), "A name has 1 to 24 characters."),
    ] {
        browser.evaluate(&page, "document.getElementById('name').select()")?;
        browser.write(&page, name)?;
        browser.press_enter(&page)?;
        browser.wait_for(&page, &format!("document.getElementById('name-problem').textContent === {problem:?}"))?;
    }
    browser.evaluate(&page, "document.getElementById('name').select()")?;
    // The Enter that confirms pinyin enters nothing.
    browser.write(&page, "小明")?;
    press(&mut browser, &page, "Enter", 229)?;
    assert_eq!(browser.evaluate(&page, "document.getElementById('name-state').textContent")?, "");
    browser.evaluate(&page, "document.getElementById('name').select()")?;
    enter(&mut browser, &page, "小明")?;

    // Safari tells of the Enter that confirms pinyin with this code, after the composition has ended.
    browser.write(&page, "你好")?;
    press(&mut browser, &page, "Enter", 229)?;
    assert_eq!(browser.evaluate(&page, "text.value")?, "你好");
    browser.press_enter(&page)?;
    shows(&mut browser, &page, "你好")?;

    // A long text is counted as the server counts, and kept until it is short enough; nothing is cut.
    browser.write(&page, &"😀".repeat(2001))?;
    browser.wait_for(&page, "document.getElementById('length').textContent === '2001 / 2000'")?;
    browser.press_enter(&page)?;
    shows_problem(&mut browser, &page, "A message has 1 to 2000 characters.")?;
    assert_eq!(browser.evaluate(&page, "[...text.value].length")?, 2001);
    press(&mut browser, &page, "Backspace", 8)?;
    browser.wait_for(&page, "document.getElementById('length').textContent === '2000 / 2000'")?;
    browser.press_enter(&page)?;
    assert_eq!(
        other.until(|event| match event {
            Event::Said(said) if said.text.starts_with('😀') => Some(said.text.chars().count()),
            _ => None,
        })?,
        2000
    );
    browser.wait_for(&page, "document.getElementById('length').hidden")?;
    // What nobody could see is not sent.
    say(&mut browser, &page, "\u{200b}\u{2060}")?;
    say(&mut browser, &page, "visible")?;
    assert_eq!(other.said()?.text, "visible");

    // Half of an emoji is no text, and holds up nothing that comes after it.
    browser.evaluate(&page, "text.value = 'half \\ud83d', composer.requestSubmit()")?;
    assert_eq!(other.said()?.text, "half \u{fffd}");

    // Another name can be thought better of, where there is no Escape to press too.
    browser.click(&page, "#me", "小明")?;
    browser.click(&page, "#cancel", "Cancel")?;
    browser.wait_for(&page, "!naming.open")?;
    assert_eq!(browser.evaluate(&page, "me.textContent")?, "小明");
    // Another name, and one's own messages stay on one's own side; those of the other who takes the old name do not come there.
    // The old name is there to be changed, and the button says what it does.
    browser.click(&page, "#me", "小明")?;
    browser.wait_for(&page, "document.activeElement.id === 'name'")?;
    assert_eq!(browser.evaluate(&page, "document.getElementById('enter').textContent")?, "Change");
    browser.write(&page, "小红")?;
    browser.press_enter(&page)?;
    browser.wait_for(&page, "me.textContent === '小红'")?;
    let own = "[...document.querySelectorAll('#log .own .text')].map(it => it.textContent.slice(0, 4)).join()";
    assert_eq!(browser.evaluate(&page, own)?, "你好,😀😀,visi,half");
    other.send(&Request::Hello { name: "小明".into(), session: None, after: None })?;
    other.until(|event| matches!(event, Event::Hello { .. }).then_some(()))?;
    other.say("taken", "lobby", "I have your name")?;
    shows(&mut browser, &page, "I have your name")?;
    assert_eq!(browser.evaluate(&page, own)?, "你好,😀😀,visi,half");
    browser.on(&page, "Page.reload", json!({}))?;
    browser.wait_for(
        &page,
        &format!("{own} === '你好,😀😀,visi,half' && document.querySelectorAll('.message').length === 5"),
    )?;

    // A private conversation is with whoever has the name, in whichever letters.
    browser.click(&page, "#people button", "小明")?;
    say(&mut browser, &page, "one")?;
    assert_eq!(other.told()?.text, "one");
    drop(other);
    browser.wait_for(&page, "document.querySelectorAll('#people li').length === 0")?;
    // What is refused stays, with its reason, until it is deleted or tried again.
    say(&mut browser, &page, "two")?;
    say(&mut browser, &page, "three")?;
    let failed = "[...document.querySelectorAll('#log .failed .text')].map(it => it.textContent).join()";
    browser.wait_for(&page, &format!("{failed} === 'two,three'"))?;
    reload(&mut browser, &page)?;
    browser.wait_for(&page, &format!("{failed} === 'two,three'"))?;
    let head = browser.evaluate(&page, "document.querySelector('#log .failed header').lastChild.textContent")?;
    assert_eq!(head, "not sent: Not here at the moment.");
    browser.click(&page, "#log .failed button", "Delete")?;
    browser.wait_for(&page, &format!("{failed} === 'three'"))?;
    let mut other = server.enter("小明")?;
    browser.click(&page, "#log .failed button", "Try again")?;
    assert_eq!(other.told()?.text, "three");
    shows(&mut browser, &page, "three")?;
    browser.wait_for(&page, &format!("{failed} === ''"))
}

#[test]
fn a_network_that_goes_is_told_at_once_and_tried_when_asked() -> Outcome {
    let directory = Directory::new("chat-network")?;
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let address = lasting_address();
    let mut server = Server::start_on(&address, &[])?;
    let page = browser.open(&format!("http://{address}/"), "en-US")?;
    // Who enters a name is told why nothing comes of it.
    server.process.kill()?;
    server.wait()?;
    browser.write(&page, "小明")?;
    browser.press_enter(&page)?;
    browser.wait_for(&page, "document.getElementById('name-state').textContent === 'Connection lost'")?;
    let mut server = Server::start_on(&address, &[])?;
    enter(&mut browser, &page, "")?;
    browser.on(&page, "Network.enable", json!({}))?;
    let network = |offline| json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    browser.on(&page, "Network.emulateNetworkConditions", network(true))?;
    browser.wait_for(&page, "document.getElementById('state').className === 'offline'")?;
    say(&mut browser, &page, "written offline")?;
    browser.on(&page, "Network.emulateNetworkConditions", network(false))?;
    shows(&mut browser, &page, "written offline")?;

    // The longer it lasts the longer the waits are: one can try at once.
    server.process.kill()?;
    server.wait()?;
    browser.wait_for(&page, "/trying again in [4-9] s/.test(document.getElementById('state').textContent)")?;
    let mut server = Server::start_on(&address, &[])?;
    browser.click(&page, "#state button", "Try now")?;
    browser.wait_for(&page, "document.getElementById('state').className === 'open'")?;

    // A page that is looked at again makes sure of its connection: it may have slept.
    let looked_at = "document.dispatchEvent(new Event('visibilitychange'))";
    browser.evaluate(
        &page,
        "window.sent = [], WebSocket.prototype.send = (send => function (text) {
            sent.push(JSON.parse(text).type);
            send.call(this, text);
        })(WebSocket.prototype.send)",
    )?;
    assert_eq!(browser.evaluate(&page, &format!("sent.length = 0, {looked_at}, sent.join()"))?, "rooms");
    server.process.kill()?;
    server.wait()?;
    browser.wait_for(&page, "document.getElementById('state').className === 'waiting'")?;
    let state = "document.getElementById('state').className";
    assert_eq!(browser.evaluate(&page, &format!("{looked_at}, {state}"))?, "connecting");
    let _server = Server::start_on(&address, &[])?;
    browser.wait_for(&page, &format!("{state} === 'open'"))?;

    // "Too fast" is said of nothing but what was written, least of all as if a name were wrong.
    browser.click(&page, "#me", "小明")?;
    browser.wait_for(&page, "document.getElementById('naming').open")?;
    browser.evaluate(
        &page,
        "(async () => { for (let count = 0; count < 40; count++) { const it = document.getElementById('text'); \
        Date.now = (now => () => now() + count * 1e5)(Date.now); it.oninput(); } })()",
    )?;
    browser.write(&page, "小红")?;
    browser.evaluate(&page, "document.getElementById('name').value = '小红'")?;
    browser.press_enter(&page)?;
    browser.wait_for(&page, "me.textContent === '小红' && !document.getElementById('naming').open")?;
    assert_eq!(browser.evaluate(&page, "document.getElementById('name-problem').textContent")?, "");
    assert_eq!(browser.evaluate(&page, "problem.hidden")?, true);
    Ok(())
}

#[test]
fn the_page_can_be_heard_copied_and_used_by_keys() -> Outcome {
    let directory = Directory::new("chat-access")?;
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let server = Server::start(&["--rate", "0"])?;
    let mut other = server.enter("Zoe")?;
    let page = browser.open(&format!("http://{}/", server.address), "en-US")?;
    enter(&mut browser, &page, "小明")?;
    for text in ["one", "two", "three"] {
        other.say(text, "lobby", text)?;
    }
    say(&mut browser, &page, "four")?;
    shows(&mut browser, &page, "four")?;

    // What one writes does not jump when it has been sent, and is not heard twice.
    server.signal("STOP")?;
    say(&mut browser, &page, "five")?;
    let unsent = "document.querySelector('#log .unsent')";
    let height = browser.evaluate(&page, "log.lastChild.offsetHeight")?;
    assert_eq!(browser.evaluate(&page, &format!("{unsent} === log.lastChild && {unsent}.ariaLive"))?, "off");
    server.signal("CONT")?;
    shows(&mut browser, &page, "five")?;
    assert_eq!(browser.evaluate(&page, "log.lastChild.offsetHeight")?, height);

    // What comes is read aloud; all of another conversation that is opened is not.
    let live = "log.ariaLive ?? 'as a log'";
    browser.wait_for(&page, &format!("({live}) === 'as a log'"))?;
    assert_eq!(browser.evaluate(&page, &format!("document.querySelector('#rooms button').click(), {live}"))?, "off");
    browser.wait_for(&page, &format!("({live}) === 'as a log'"))?;

    // Every message has its author and its time for who hears the page; the eye needs them once.
    let heads = "[...document.querySelectorAll('#log .message header')]";
    assert_eq!(
        browser.evaluate(&page, &format!("{heads}.filter(it => getComputedStyle(it).display === 'none').length"))?,
        0
    );
    let authors = browser.evaluate(&page, &format!("{heads}.map(it => it.firstChild.textContent).join()"))?;
    assert_eq!(authors, "Zoe,Zoe,Zoe,小明,小明");
    assert_eq!(
        browser.evaluate(&page, &format!("{heads}.every(it => /\\d\\d:\\d\\d/.test(it.lastChild.textContent))"))?,
        true
    );
    // What is copied has no letters of avatars in it.
    let copied = browser.evaluate(&page, "getSelection().selectAllChildren(log), getSelection().toString()")?;
    let copied = copied.as_str().unwrap_or_default().to_owned();
    assert!(copied.contains("three") && !copied.lines().any(|line| matches!(line.trim(), "Z" | "小")), "{copied}");
    // White on the ground of every avatar can be read: WCAG's contrast of two colours.
    let worst = browser.evaluate(
        &page,
        "(() => {
        const paint = new OffscreenCanvas(1, 1).getContext('2d');
        const it = document.querySelector('#log .avatar');
        let worst = 99;
        for (let hue = 0; hue < 360; hue++) {
            it.style.setProperty('--hue', hue);
            paint.fillStyle = getComputedStyle(it).backgroundColor;
            paint.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...paint.getImageData(0, 0, 1, 1).data].map(it => it / 255)
                .map(it => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
            worst = Math.min(worst, 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05));
        }
        return worst;
    })()",
    )?;
    assert!(worst.as_f64() >= Some(4.5), "{worst}");
    // So can what an empty field asks for and a link in one's own message, sent or not, by day and by night.
    server.signal("STOP")?;
    say(&mut browser, &page, "https://example.com/")?;
    for theme in ["light", "dark"] {
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": theme}]});
        browser.on(&page, "Emulation.setEmulatedMedia", media)?;
        let contrasts = browser.evaluate(
            &page,
            "(() => {
            const paint = new OffscreenCanvas(1, 1).getContext('2d');
            const light = color => {
                paint.fillStyle = color;
                paint.fillRect(0, 0, 1, 1);
                const [r, g, b] = [...paint.getImageData(0, 0, 1, 1).data].map(it => it / 255)
                    .map(it => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
            };
            const link = document.querySelector('#log .unsent a');
            return Math.min(...[
                ...['text', 'join-room'].map(id => document.getElementById(id)).map(it => [it, '::placeholder', it]),
                [link, null, document.querySelector('#log .own:not(.unsent) .text')],
                [link, null, document.querySelector('main')],
            ].map(([it, part, ground]) => {
                const both = [getComputedStyle(it, part).color, getComputedStyle(ground).backgroundColor].map(light);
                return Math.max(...both) / Math.min(...both);
            }), getComputedStyle(link.parentElement).opacity * 5);
        })()",
        )?;
        assert!(contrasts.as_f64() >= Some(4.5), "{theme}: {contrasts}");
    }
    server.signal("CONT")?;
    shows(&mut browser, &page, "https://example.com/")?;

    // On a phone the focus stays in the menu while it is open, whatever comes.
    let size = json!({"width": 390, "height": 560, "deviceScaleFactor": 1, "mobile": true});
    browser.on(&page, "Emulation.setDeviceMetricsOverride", size)?;
    browser.evaluate(
        &page,
        "document.getElementById('menu').click(), document.querySelector('#people li:last-child button')?.focus()",
    )?;
    browser.evaluate(&page, "void document.querySelector('#people button:enabled').focus()")?;
    assert_eq!(browser.evaluate(&page, "document.activeElement.dataset.key")?, "@Zoe");
    let mut third = server.enter("Bob")?;
    third.say("bob", "lobby", "hi")?;
    browser.wait_for(&page, "document.querySelectorAll('#people li').length === 3")?;
    shows(&mut browser, &page, "hi")?;
    assert_eq!(browser.evaluate(&page, "document.activeElement.dataset.key")?, "@Zoe");
    for _ in 0..12 {
        press(&mut browser, &page, "Tab", 9)?;
        let outside =
            browser.evaluate(&page, "document.activeElement.closest('#log, #composer, #newest, #leave') !== null")?;
        assert_eq!(outside, false);
    }
    browser.evaluate(&page, "void document.querySelector('#people [data-key=\"@Bob\"]').focus()")?;
    drop(third);
    browser.wait_for(&page, "document.querySelectorAll('#people li').length === 2")?;
    assert_eq!(browser.evaluate(&page, "document.activeElement.closest('#panel') !== null")?, true);
    // At 400 % there is little height: all of the menu can be scrolled to.
    let size = json!({"width": 320, "height": 256, "deviceScaleFactor": 1, "mobile": true});
    browser.on(&page, "Emulation.setDeviceMetricsOverride", size)?;
    let seen =
        "(it => (it.scrollIntoView(), it.getBoundingClientRect()))(document.querySelector('#people li:last-child'))";
    browser.wait_for(&page, &format!("(({{ top, bottom }}) => top >= 0 && bottom <= innerHeight)({seen})"))?;
    // Without a keyboard nobody is made to write, under one that covers what is to be read.
    browser.on(&page, "Emulation.setTouchEmulationEnabled", json!({"enabled": true}))?;
    browser.click(&page, "#rooms button", "Lobby")?;
    browser.wait_for(&page, "document.activeElement.id === 'menu'")?;
    browser.on(&page, "Emulation.setTouchEmulationEnabled", json!({"enabled": false}))?;
    // A wider window has no menu to be caught in.
    let size = json!({"width": 900, "height": 560, "deviceScaleFactor": 1, "mobile": false});
    browser.on(&page, "Emulation.setDeviceMetricsOverride", size)?;
    browser.wait_for(&page, "document.querySelectorAll('[inert]').length === 0")?;

    // Without JavaScript there is a page that says so, and nothing else.
    browser.on(&page, "Emulation.setScriptExecutionDisabled", json!({"value": true}))?;
    browser.on(&page, "Page.reload", json!({}))?;
    // Nothing can wait in the page itself now.
    let ready = "document.readyState === 'complete' && !document.documentElement.classList.contains('script')";
    let begun = Instant::now();
    while browser.evaluate(&page, ready)? != true {
        assert!(begun.elapsed() < PATIENCE, "the page does not come again");
        std::thread::sleep(Duration::from_millis(20));
    }
    let shown = browser.evaluate(&page, "document.body.innerText.trim()")?;
    assert_eq!(shown, "This page needs JavaScript. 本页需要 JavaScript。");
    Ok(())
}

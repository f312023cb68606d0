//! The page when the clock was set back and the history begins anew: what comes then has lower places than what was heard.

use std::path::Path;

use chat_protocol::Request;

use crate::devtools::Browser;
use crate::reading::reload;
#[cfg(feature = "redis")]
use crate::redis::Redis;
use crate::support::{Directory, Outcome, Server, lasting_address};
use crate::{enter, say, shows};

#[test]
fn a_page_shows_what_comes_after_the_clock_was_set_back() -> Outcome {
    let directory = Directory::new("chat-browser-clock")?;
    let (ahead, new) = (directory.file("ahead.db"), directory.file("new.db"));
    let mut server = Server::start(&["--history", &ahead])?;
    server.enter("Ana")?;
    server.signal("TERM")?;
    server.wait()?;
    // What is said next comes after this.
    rusqlite::Connection::open(&ahead)?.execute(
        "INSERT INTO message VALUES ((unixepoch() + 86400) * 1000000, 'x', 'elsewhere', 'x', NULL, NULL, NULL, 'x')",
        [],
    )?;
    goes_on(&directory, &["--history", &ahead], || Ok(()), &["--history", &new])
}

#[cfg(feature = "redis")]
#[test]
fn nor_does_it_miss_what_comes_from_a_redis_whose_clock_was_set_back() -> Outcome {
    let Some(mut redis) = Redis::start("chat-browser-clock-redis")? else { return Ok(()) };
    let ahead = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_micros() + 86_400_000_000;
    redis.ask::<()>(&["SET", "chat:seq", &ahead.to_string()])?;
    let url = redis.url();
    let begin_anew = || {
        redis.stop("KILL")?;
        redis.again_empty()
    };
    goes_on(&Directory::new("chat-browser-clock-page")?, &["--redis", &url], begin_anew, &["--redis", &url])
}

/// A page talks by a clock that is a day ahead, and goes on with a history that begins anew by one that is right.
fn goes_on(directory: &Directory, ahead: &[&str], begin_anew: impl FnOnce() -> Outcome, new: &[&str]) -> Outcome {
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let address = lasting_address();
    let server = Server::start_on(&address, &[ahead, &["--rate", "0"]].concat())?;
    let page = browser.open(&format!("http://{address}/"), "en-US")?;
    enter(&mut browser, &page, "小明")?;
    let mut ana = server.enter("Ana")?;
    let tell = |id: &str| Request::Tell { id: format!("p-{id}"), to: "小明".into(), text: format!("private {id}") };
    for text in ["one", "two"] {
        ana.say(text, "lobby", text)?;
        ana.send(&tell(text))?;
        shows(&mut browser, &page, text)?;
    }
    // She has read what was told until now.
    browser.click(&page, "#rooms .person", "Ana")?;
    shows(&mut browser, &page, "private two")?;
    browser.click(&page, "#rooms .room", "Lobby")?;
    drop(server);
    begin_anew()?;
    let server = Server::start_on(&address, &[new, &["--rate", "0"]].concat())?;
    let mut ana = server.enter("Ana")?;
    // The page has come back.
    while ana.people("lobby")?.len() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    for text in ["three", "four"] {
        ana.say(text, "lobby", text)?;
        ana.send(&tell(text))?;
    }
    shows(&mut browser, &page, "four")?;
    say(&mut browser, &page, "five")?;
    shows(&mut browser, &page, "five")?;
    let texts = "JSON.stringify([...document.querySelectorAll('#log .text')].map(it => it.textContent))";
    assert_eq!(browser.evaluate(&page, texts)?, r#"["one","two","three","four","five"]"#);
    browser.wait_for(&page, "document.querySelector('#rooms .badge')?.textContent === '2'")?;
    browser.click(&page, "#rooms .person", "Ana")?;
    shows(&mut browser, &page, "private four")?;
    let private = r#"["private one","private two","private three","private four"]"#;
    assert_eq!(browser.evaluate(&page, texts)?, private);
    browser.click(&page, "#rooms .room", "Lobby")?;
    reload(&mut browser, &page)?;
    shows(&mut browser, &page, "five")?;
    assert_eq!(browser.evaluate(&page, texts)?, r#"["three","four","five"]"#);
    Ok(())
}

//! The page before two servers that share Redis: it goes from one to the other, and through Redis' absence.

use std::path::Path;

use crate::devtools::Browser;
use crate::reading::{has_title, join, reload};
use crate::redis::{Redis, Relay};
use crate::support::{Client, Directory, Outcome, Server};
use crate::{enter, say, shows};

#[test]
fn a_page_goes_from_server_to_server_and_loses_nothing() -> Outcome {
    let Some(mut redis) = Redis::start("chat-browser-redis")? else { return Ok(()) };
    let directory = Directory::new("chat-browser-machines")?;
    let Some(mut browser) = Browser::start(Path::new(&directory.file("profile")))? else { return Ok(()) };
    let options = ["--redis", &redis.url(), "--rate", "0", "--origin", "any"];
    let (first, second) = (Server::start(&options)?, Server::start(&options)?);
    let link = Relay::start(&first.address)?;
    let ming = browser.open(&format!("http://{}/", link.address), "zh-CN")?;
    let ana = browser.open(&format!("http://{}/", second.address), "en-US")?;
    enter(&mut browser, &ming, "小明")?;
    enter(&mut browser, &ana, "Ana")?;
    let people = |count: u32| format!("document.querySelectorAll('#people li').length === {count}");
    for page in [&ming, &ana] {
        browser.wait_for(page, &people(2))?;
    }
    say(&mut browser, &ming, "从第一台服务器来的")?;
    say(&mut browser, &ana, "from the second server")?;
    browser.click(&ana, "#people button", "小明")?;
    say(&mut browser, &ana, "for you alone")?;
    browser.wait_for(&ming, "document.title.startsWith('(1) ')")?;

    // A reload ends at the other server: name, room, what was said, and what is unread, are there.
    join(&mut browser, &ming, "茶馆")?;
    has_title(&mut browser, &ming, "茶馆")?;
    say(&mut browser, &ming, "有人吗？")?;
    shows(&mut browser, &ming, "有人吗？")?;
    link.lead_to(&second.address);
    reload(&mut browser, &ming)?;
    has_title(&mut browser, &ming, "茶馆")?;
    shows(&mut browser, &ming, "有人吗？")?;
    assert_eq!(browser.evaluate(&ming, "me.textContent")?, "小明");
    browser.wait_for(&ming, "document.title.startsWith('(1) ')")?;
    browser.click(&ming, "#rooms .person", "Ana")?;
    shows(&mut browser, &ming, "for you alone")?;
    say(&mut browser, &ming, "收到")?;
    shows(&mut browser, &ana, "收到")?;
    browser.click(&ming, "#rooms .room", "大厅")?;
    browser.click(&ana, "#rooms .room", "Lobby")?;
    for page in [&ming, &ana] {
        shows(&mut browser, page, "从第一台服务器来的")?;
        shows(&mut browser, page, "from the second server")?;
        browser.wait_for(page, &people(2))?;
    }

    // The connection goes to the other server by itself, and what was said meanwhile is heard.
    link.lead_to(&first.address);
    say(&mut browser, &ana, "while you were gone")?;
    shows(&mut browser, &ming, "while you were gone")?;
    browser.wait_for(&ming, "document.getElementById('state').className === 'open'")?;
    browser.wait_for(&ana, &people(2))?;

    // Without Redis what is written waits, which is said, and comes once there is one again.
    redis.stop("KILL")?;
    let problem = |text: &str| format!("problem.textContent === {text:?} && !problem.hidden");
    say(&mut browser, &ming, "没有 Redis 的时候")?;
    browser.wait_for(&ming, &problem("服务器忙，稍后自动发送。"))?;
    browser.wait_for(&ming, "document.querySelectorAll('#log .unsent').length === 1")?;
    say(&mut browser, &ana, "nobody hears this yet")?;
    browser.wait_for(&ana, "document.querySelectorAll('#log .unsent').length === 1 && state.className === 'open'")?;
    // Who comes then has to wait, and is let in as soon as it can be.
    let eva = browser.open(&format!("http://{}/", second.address), "en-US")?;
    browser.wait_for(&eva, "document.activeElement.id === 'name'")?;
    browser.write(&eva, "Eva")?;
    browser.press_enter(&eva)?;
    redis.again()?;
    for page in [&ming, &ana] {
        shows(&mut browser, page, "没有 Redis 的时候")?;
        shows(&mut browser, page, "nobody hears this yet")?;
        browser.wait_for(page, &people(3))?;
    }
    shows(&mut browser, &eva, "while you were gone")?;
    let all = "JSON.stringify([...document.querySelectorAll('#log .text')].map(it => it.textContent))";
    let told = browser.evaluate(&eva, all)?;
    for page in [&ming, &ana] {
        assert_eq!(browser.evaluate(page, all)?, told);
    }
    let mut late: Client = first.connect()?;
    late.hello("late")?;
    assert_eq!(late.join("lobby", None)?.1.len(), 5);
    Ok(())
}

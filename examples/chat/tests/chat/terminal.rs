//! The terminal client as a process, and the server that it talks to.

use crate::support::{Outcome, Server, Terminal, lasting_address};
use chat_protocol::{Event, Told};

#[test]
fn the_terminal_client_talks_and_comes_back() -> Outcome {
    let address = lasting_address()?;
    let server = Server::start_on(&address, &[])?;
    let mut page = server.enter("页面")?;
    let mut terminal = Terminal::start(&server.url(), "终端")?;
    terminal.write("你好")?;
    assert_eq!(page.said()?.text, "你好");
    terminal.shows("#lobby 终端: 你好")?;
    terminal.write("/msg 页面 悄悄话")?;
    let told = page.until(|event| match event {
        Event::Told(Told { text, .. }) => Some(text),
        _ => None,
    })?;
    assert_eq!(told, "悄悄话");
    terminal.shows(" to 页面: 悄悄话")?;
    terminal.write("/nick 小终端")?;
    page.until(|event| {
        (event == Event::Renamed { room: "lobby".into(), from: "终端".into(), to: "小终端".into() }).then_some(())
    })?;
    terminal.shows("* 终端 in #lobby is 小终端 now")?;
    terminal.write("/who")?;
    terminal.shows("* in #lobby: 小终端, 页面")?;
    page.say("1", "lobby", "回答 \u{1b}[31m \u{202e}drow")?;
    terminal.shows("#lobby 页面: 回答 \u{fffd}[31m \u{fffd}drow")?;

    drop(server);
    terminal.shows("; trying again")?;
    // It is typed while there is no server, and said or answered when there is one again.
    terminal.write("断线时写的")?;
    terminal.write("/rooms")?;
    let server = Server::start_on(&address, &[])?;
    let mut page = server.connect()?;
    page.hello("页面")?;
    let mut heard = page.join("lobby", None)?.1;
    if heard.is_empty() {
        heard.push(page.said()?);
    }
    assert_eq!((heard.len(), heard[0].text.as_str(), heard[0].from.as_str()), (1, "断线时写的", "小终端"));
    assert!(terminal.finish()?.success());
    assert_eq!(terminal.shown.matches("断线时写的").count(), 1, "{}", terminal.shown);
    assert_eq!(terminal.shown.matches("\n* #lobby (").count(), 1, "{}", terminal.shown);
    Ok(())
}

#[test]
fn without_a_terminal_all_that_is_read_is_followed_before_the_end() -> Outcome {
    let server = Server::start(&[])?;
    let mut terminal = Terminal::start(&server.url(), "终端")?;
    terminal.write("你好\n/who\n/rooms")?;
    assert!(terminal.finish()?.success());
    for line in ["#lobby 终端: 你好\n", "\n* in #lobby: 终端\n", "\n* #lobby (1)\n"] {
        assert!(terminal.shown.contains(line), "{line:?} is missing in:\n{}", terminal.shown);
    }
    // A room that cannot be, and a name that is not to be had, are said.
    let _other = server.enter("Ana")?;
    let mut terminal = Terminal::start(&server.url(), "终端")?;
    terminal.shows("* you are 终端")?;
    terminal.write("/join ?\u{200b}\n/leave\n/nick ana\n你好")?;
    assert!(terminal.finish()?.success());
    for line in ["! a name has ", "! somebody else has this name", "#lobby 终端: 你好\n"] {
        assert!(terminal.shown.contains(line), "{line:?} is missing in:\n{}", terminal.shown);
    }
    let mut terminal = Terminal::start(&server.url(), "ana")?;
    terminal.write("你好")?;
    assert_eq!(terminal.finish()?.code(), Some(1));
    assert!(terminal.shown.contains("! somebody else has this name"), "{}", terminal.shown);
    Ok(())
}

#[test]
fn in_a_terminal_all_lines_of_a_paste_are_read() -> Outcome {
    let server = Server::start(&[])?;
    let mut page = server.enter("页面")?;
    let mut terminal = Terminal::start_in_terminal(&server.url(), "终端")?;
    terminal.write("一\r二\r/who\r三\r/quit\r")?;
    for text in ["一", "二", "三"] {
        assert_eq!(page.said()?.text, text);
    }
    assert!(terminal.finish()?.success(), "{}", terminal.shown);
    // Colours, and a name's is bold.
    assert!(terminal.shown.contains("\u{1b}[1;3"), "{:?}", terminal.shown);
    Ok(())
}

use php_sockets::ws::{
    Message, WebSocketError,
    server::{Callbacks, ClientId},
};

use crate::support::{Running, eventually};

/// `+topic` subscribes, `-topic` unsubscribes, `topic:text` publishes, `others:topic:text` to the others.
pub(crate) fn callbacks() -> Callbacks<Option<ClientId>> {
    Callbacks::with_data().onmessage(|client, message| {
        let Message::Text(text) = message else { return };
        if let Some(topic) = text.strip_prefix('+') {
            client.subscribe(topic);
            client.send(&format!("{}", client.topics().len()));
        } else if let Some(topic) = text.strip_prefix('-') {
            client.unsubscribe(topic);
            client.send(&format!("{}", client.topics().len()));
        } else if let Some((topic, text)) = text.strip_prefix("others:").and_then(|rest| rest.split_once(':')) {
            client.publish_others(topic, text);
        } else if let Some(id) = text.strip_prefix("id") {
            client.send(&format!("{}{id}", client.id()));
        } else if let Some((topic, text)) = text.split_once(':') {
            client.publish(topic, text);
        }
    })
}

#[test]
fn a_topic_reaches_its_subscribers() -> Result<(), WebSocketError> {
    let server = Running::start(|server| server, callbacks)?;
    let mut clients = [server.client()?, server.client()?, server.client()?];
    for (client, (command, count)) in
        [(0, ("+诗", "1")), (1, ("+诗", "1")), (1, ("+画", "2")), (1, ("+画", "2")), (2, ("+画", "1"))]
    {
        clients[client].send(command)?;
        assert_eq!(clients[client].hear()?, count);
    }
    clients[0].send("诗:床前明月光")?;
    clients[0].send("画:清明上河")?;
    clients[0].send("others:诗:疑是地上霜")?;
    clients[0].send("诗:end")?;
    assert_eq!([clients[0].hear()?, clients[0].hear()?], ["床前明月光", "end"]);
    let heard = [clients[1].hear()?, clients[1].hear()?, clients[1].hear()?, clients[1].hear()?];
    assert_eq!(heard, ["床前明月光", "清明上河", "疑是地上霜", "end"]);
    clients[1].send("-画")?;
    assert_eq!(clients[1].hear()?, "1");
    clients[2].send("画:only me")?;
    clients[2].send("nobody:has subscribed to this")?;
    clients[2].send("诗:the others")?;
    assert_eq!([clients[2].hear()?, clients[2].hear()?], ["清明上河", "only me"]);
    assert_eq!(clients[1].hear()?, "the others");
    Ok(())
}

#[test]
fn who_leaves_leaves_all_topics() -> Result<(), WebSocketError> {
    let server = Running::start(|server| server, callbacks)?;
    let mut stays = server.client()?;
    stays.send("+a")?;
    assert_eq!(stays.hear()?, "1");
    for _ in 0..5 {
        let mut leaves = server.client()?;
        leaves.send("+a")?;
        assert_eq!(leaves.hear()?, "1");
        leaves.connection.close(None)?;
        assert_eq!(leaves.hear()?, "1005");
    }
    stays.send("a:still here")?;
    assert_eq!(stays.hear()?, "still here");
    eventually(|| server.handle.metrics().messages_out == 7);
    Ok(())
}

#[test]
fn a_number_is_never_used_again() -> Result<(), WebSocketError> {
    let server = Running::start(|server| server, callbacks)?;
    let mut numbers = std::collections::HashSet::new();
    for _ in 0..200 {
        let mut client = server.client()?;
        client.send("id")?;
        assert!(numbers.insert(client.hear()?));
        client.connection.close(None)?;
        client.hear()?;
    }
    Ok(())
}

#[test]
fn a_handle_reaches_everybody() -> Result<(), WebSocketError> {
    let server = Running::start(|server| server, callbacks)?;
    let mut clients = [server.client()?, server.client()?];
    clients[0].send("+新闻")?;
    assert_eq!(clients[0].hear()?, "1");
    clients[1].send("+")?;
    assert_eq!(clients[1].hear()?, "1");
    server.handle.publish("新闻", "今日")?;
    server.handle.broadcast(&[1, 2])?;
    assert_eq!([clients[0].hear()?, clients[0].hear()?, clients[1].hear()?], ["今日", "[2 bytes]", "[2 bytes]"]);
    Ok(())
}

#[test]
fn a_client_has_no_more_topics_than_it_may() -> Result<(), WebSocketError> {
    let server = Running::start(|server| server.max_topics(2), callbacks)?;
    let mut client = server.client()?;
    for (command, count) in [("+a", "1"), ("+b", "2"), ("+c", "2"), ("+b", "2"), ("-a", "1"), ("+c", "2")] {
        client.send(command)?;
        assert_eq!(client.hear()?, count);
    }
    assert_eq!(server.handle.metrics().refused_topic, 1);
    Ok(())
}

/// Clients may choose the names: ten thousand of a megabyte each would be what one of them makes the server keep.
#[test]
fn a_topic_has_no_longer_name_than_it_may() -> Result<(), WebSocketError> {
    let server = Running::start(|server| server, callbacks)?;
    let mut client = server.client()?;
    let long = "长".repeat(341);
    client.send(&format!("+{long}!"))?;
    assert_eq!(client.hear()?, "1");
    client.send(&format!("+{long}!!"))?;
    assert_eq!(client.hear()?, "1");
    assert_eq!(server.handle.metrics().refused_topic, 1);
    // It is nobody's.
    client.send(&format!("{long}!!:lost"))?;
    client.send(&format!("{long}!:heard"))?;
    assert_eq!(client.hear()?, "heard");
    Ok(())
}

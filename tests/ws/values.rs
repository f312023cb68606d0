//! What a program reads off the small types: defaults, close codes, interests, and how they print.

use std::time::Duration;

use php_sockets::ws::{
    CloseCode, CloseFrame, Config, Interest, Message, Protocol, Role, Status,
    handshake::{Negotiated, OriginPolicy, Parser},
};

/// As the fields' documentation has them.
#[test]
fn a_client_trusts_the_peer_that_it_chose() {
    let (server, client) = (Config::server(), Config::client());
    assert_eq!((server.max_message, client.max_message), (16 << 20, 64 << 20));
    assert_eq!((server.max_fragments, client.max_fragments), (131_072, 1_048_576));
    assert_eq!((server.send_buffer_limit, client.send_buffer_limit), (16 << 20, 64 << 20));
    assert_eq!((server.send_timeout, client.send_timeout), (Some(Duration::from_secs(60)), None));
    assert_eq!((server.message_timeout, client.message_timeout), (Some(Duration::from_secs(120)), None));
    for role in [Role::Server, Role::Client] {
        let config = Config::new(role);
        assert_eq!((config.max_frame, config.report_control), (u64::MAX, false));
        assert_eq!(
            (config.keepalive, config.pong_timeout),
            (Some(Duration::from_secs(20)), Some(Duration::from_secs(20)))
        );
        assert_eq!(config.close_timeout, Some(Duration::from_secs(10)));
    }
}

/// As in PHP, 0 is no limit; a Ping without any wait would be one after the other.
#[test]
fn no_time_is_no_limit() {
    let zero = Duration::ZERO;
    let config = Config::server().keepalive(zero).send_timeout(zero).message_timeout(Some(zero));
    assert_eq!((config.keepalive, config.send_timeout, config.message_timeout), (None, None, None));
    let config = config.pong_timeout(zero).close_timeout(zero);
    assert_eq!((config.pong_timeout, config.close_timeout), (None, None));
    assert_eq!(config.close_timeout(Duration::from_secs(1)).close_timeout(None).close_timeout, None);
    let short = Duration::from_nanos(1);
    assert_eq!(Config::server().keepalive(short).keepalive, Some(short));
}

#[test]
fn a_close_code_is_its_number() {
    assert_eq!((CloseCode::from(4001), u16::from(CloseCode(4001))), (CloseCode(4001), 4001));
    assert_eq!(format!("{} {:?}", CloseCode::GOING_AWAY, CloseCode::GOING_AWAY), "1001 CloseCode(1001)");
    assert!(CloseFrame { code: CloseCode::NORMAL, reason: "" }.is_clean() && !CloseFrame::ABNORMAL.is_clean());
}

#[test]
fn an_interest_is_one_or_the_other_or_both() {
    for (interest, reads, writes) in
        [(Interest::Read, true, false), (Interest::Write, false, true), (Interest::ReadWrite, true, true)]
    {
        assert_eq!((interest.reads(), interest.writes()), (reads, writes), "{interest:?}");
        #[cfg(feature = "poll")]
        {
            use php_sockets::poll::{Event, Events};
            let events = Events::from(interest);
            assert_eq!((events.contains(Event::Read), events.contains(Event::Write)), (reads, writes));
        }
    }
}

#[test]
fn text_and_binary_are_the_applications_data() {
    assert!(Message::Text("").is_data() && Message::Binary(b"").is_data());
    assert!(!Message::Ping(b"").is_data() && !Message::Pong(b"").is_data() && !Message::Close(None).is_data());
}

/// For a log: what waits in an endpoint, and what a request said.
#[test]
fn they_print() -> Result<(), Box<dyn std::error::Error>> {
    let mut negotiated = Negotiated::default();
    negotiated.subprotocol = Some("chat".to_owned());
    let mut protocol = Protocol::negotiated(Role::Server, Config::server(), negotiated);
    assert!(protocol.subprotocol() == Some("chat") && protocol.is_open() && !protocol.is_finished());
    protocol.send("Hi")?;
    let text = format!("{protocol:?}");
    assert!(text.contains("[129, 2, 72, 105]") && text.contains("outbox: None"), "{text}");
    assert_eq!(Protocol::new(Role::Client, Config::client()).subprotocol(), None);
    let Status::Complete(request, _) = Parser::new().request(b"GET /room HTTP/1.1\r\nHost: x\r\n\r\n")? else {
        return Err("it is whole".into());
    };
    assert!(format!("{request:?}").contains("GET /room"), "{request:?}");
    assert_eq!(format!("{:?} {:?}", OriginPolicy::SameOrigin, OriginPolicy::Any), "SameOrigin Any");
    Ok(())
}

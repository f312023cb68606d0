//! MUST 75 to 77, 80 and 81.

use php_sockets::ws::handshake::{Client, Error};

use super::exchange::*;

#[test]
fn must_75_extension_lists_follow_the_grammar() {
    let offered = |value| Head::request().with("Sec-WebSocket-Extensions", value);
    for value in ["a", "a; b; c=d; e=\"f\"", "a, b;c , ,d", ",", ""] {
        assert_eq!(default_answer(&offered(value)).status(), "101", "{value:?}");
    }
    assert_eq!(default_answer(&offered("a").with("Sec-WebSocket-Extensions", "b; c")).status(), "101");
    for value in ["a;", "a b", "a; b=", "a; b=\"", "a; b=\"c d\"", "=", "a; b=\"c\" d", "a; 聊=天"] {
        let answer = default_answer(&offered(value));
        assert_eq!((answer.status(), answer.error()), ("400", Some(Error::Extensions)), "{value:?}");
        let second = offered("a").with("Sec-WebSocket-Extensions", value);
        assert_eq!(default_answer(&second).status(), "400", "{value:?}");
    }
}

#[test]
fn must_76_a_client_fails_on_what_it_cannot_parse() {
    for value in ["permessage-deflate;", "a b", "\"permessage-deflate\"", ";"] {
        let response = Head::response().with("Sec-WebSocket-Extensions", value);
        assert_eq!(verify(&Client::new(), &response), Err(Error::Extensions), "{value:?}");
    }
}

#[cfg(feature = "deflate")]
mod deflate {
    use php_sockets::ws::{deflate::Parameters, handshake::Server};

    use super::*;

    fn offered(value: &str) -> Head {
        Head::request().with("Sec-WebSocket-Extensions", value)
    }

    fn responded(value: &str) -> Head {
        Head::response().with("Sec-WebSocket-Extensions", value)
    }

    #[test]
    fn must_77_unknown_repeated_and_invalid_parameters() -> Result<(), Error> {
        let server = Server::new().deflate(Parameters::default())?;
        let client = Client::new().deflate(Parameters::default())?;
        for parameters in
            ["x", "x=1", "server_no_context_takeover=1", "server_max_window_bits", "client_max_window_bits=16"]
        {
            let value = format!("permessage-deflate; {parameters}");
            let declined = answer(&server, &offered(&value));
            assert_eq!(declined.status(), "101", "{value}");
            assert!(declined.all("Sec-WebSocket-Extensions").is_empty(), "{value}");
            assert_eq!(verify(&client, &responded(&value)), Err(Error::UnexpectedExtension), "{value}");
        }
        Ok(())
    }

    #[test]
    fn must_78_and_79_no_context_takeover() -> Result<(), Error> {
        let server = Server::new().deflate(Parameters::default())?;
        for name in ["server_no_context_takeover", "client_no_context_takeover"] {
            let value = format!("permessage-deflate; {name}");
            let accepted = answer(&server, &offered(&value));
            assert_eq!(accepted.all("Sec-WebSocket-Extensions"), [&*value]);
            let client = Client::new().deflate(Parameters::default())?;
            let deflate = verify(&client, &responded(&value))?.deflate.expect("agreed");
            assert_eq!(accepted.result?.deflate, Some(deflate));
            assert_eq!(deflate.server_no_context_takeover, name.starts_with("server"));
            assert_eq!(deflate.client_no_context_takeover, name.starts_with("client"));
        }
        Ok(())
    }

    #[test]
    fn must_80_server_max_window_bits() -> Result<(), Error> {
        let server = Server::new().deflate(Parameters { server_max_window_bits: 12, ..Parameters::default() })?;
        for (offer, bits) in [("", 12), ("; server_max_window_bits=15", 12), ("; server_max_window_bits=10", 10)] {
            let accepted = answer(&server, &offered(&format!("permessage-deflate{offer}")));
            let expected = format!("permessage-deflate; server_max_window_bits={bits}");
            assert_eq!(accepted.all("Sec-WebSocket-Extensions"), [expected]);
            assert_eq!(accepted.result?.deflate.expect("agreed").server_max_window_bits, bits);
        }
        let client = Client::new().deflate(Parameters { server_max_window_bits: 12, ..Parameters::default() })?;
        for bits in 8..=12 {
            let response = responded(&format!("permessage-deflate; server_max_window_bits={bits}"));
            assert_eq!(verify(&client, &response)?.deflate.expect("agreed").server_max_window_bits, bits);
        }
        for value in ["permessage-deflate; server_max_window_bits=13", "permessage-deflate"] {
            assert_eq!(verify(&client, &responded(value)), Err(Error::UnexpectedExtension), "{value}");
        }
        Ok(())
    }

    #[test]
    fn must_81_client_max_window_bits_only_if_offered() -> Result<(), Error> {
        let server = Server::new().deflate(Parameters { client_max_window_bits: 12, ..Parameters::default() })?;
        for (offer, response, bits) in [
            ("", "", 15),
            ("; client_max_window_bits", "; client_max_window_bits=12", 12),
            ("; client_max_window_bits=15", "; client_max_window_bits=12", 12),
            ("; client_max_window_bits=8", "; client_max_window_bits=8", 8),
        ] {
            let accepted = answer(&server, &offered(&format!("permessage-deflate{offer}")));
            assert_eq!(accepted.all("Sec-WebSocket-Extensions"), [format!("permessage-deflate{response}")]);
            assert_eq!(accepted.result?.deflate.expect("agreed").client_max_window_bits, bits);
        }
        let client = Client::new().deflate(Parameters { client_max_window_bits: 12, ..Parameters::default() })?;
        for (response, bits) in
            [("", Some(12)), ("; client_max_window_bits=10", Some(10)), ("; client_max_window_bits=13", None)]
        {
            let result = verify(&client, &responded(&format!("permessage-deflate{response}")));
            assert_eq!(
                result.ok().and_then(|negotiated| negotiated.deflate).map(|deflate| deflate.client_max_window_bits),
                bits
            );
        }
        Ok(())
    }

    #[test]
    fn offers_have_fallbacks() -> Result<(), Error> {
        let strict =
            Parameters { server_max_window_bits: 9, server_no_context_takeover: true, ..Parameters::default() };
        let client = Client::new().deflate(strict)?.deflate(Parameters::default())?;
        let request = client_request(&client);
        let text = std::str::from_utf8(request.as_bytes()).expect("ASCII");
        let offers = "permessage-deflate; server_no_context_takeover; server_max_window_bits=9; client_max_window_bits, \
                      permessage-deflate; client_max_window_bits";
        assert!(text.contains(&format!("\r\nSec-WebSocket-Extensions: {offers}\r\n")), "{text}");
        let server = Server::new().deflate(Parameters::default())?;
        let accepted = answer_bytes(&server, request.as_bytes());
        assert_eq!(accepted.result?.deflate, Some(strict));
        assert_eq!(verify(&client, &responded("permessage-deflate"))?.deflate, Some(Parameters::default()));
        Ok(())
    }
}

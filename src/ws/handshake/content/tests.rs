use super::{super::Parser, *};
use crate::ws::Status;

/// Reads a response piece by piece: the content, and whether it ended by itself.
fn content(bytes: &[u8], piece: usize) -> (Vec<u8>, bool) {
    let Ok(Status::Complete(response, consumed)) = Parser::new().response(bytes) else { panic!("no response") };
    let mut content = Content::of_response(&response);
    let mut input = Vec::new();
    let mut failed = false;
    for piece in bytes[consumed..].chunks(piece) {
        input.extend_from_slice(piece);
        match content.feed(&input) {
            Ok(taken) => drop(input.drain(..taken)),
            Err(_) => failed = true,
        }
    }
    let complete = content.is_complete() || failed;
    (content.take_bytes(), complete)
}

#[test]
fn it_ends_where_its_head_says() {
    for (head, rest, expected, complete) in [
        ("HTTP/1.1 401 X\r\nContent-Length: 5\r\n\r\n", "hello!", "hello", true),
        ("HTTP/1.1 401 X\r\nContent-Length: 5\r\n\r\n", "hell", "hell", false),
        ("HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n", "hello", "", true),
        ("HTTP/1.1 401 X\r\nContent-Length: many\r\n\r\n", "hello", "hello", false),
        ("HTTP/1.0 401 X\r\n\r\n", "hello", "hello", false),
        ("HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\n", "hello", "", true),
        (
            "HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n",
            "3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\n\r\nx",
            "hello",
            true,
        ),
        ("HTTP/1.1 401 X\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "1\r\nh\r\n", "h", false),
        ("HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nhello", "h", true),
        ("HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n", "zz\r\n", "", true),
        ("HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n", "5  \r\nhello\r\n", "hello", false),
        ("HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n", "ffffffffffffffff\r\nhello", "hello", false),
    ] {
        for piece in 1..=rest.len() {
            let found = content(format!("{head}{rest}").as_bytes(), head.len() + piece);
            assert_eq!(found, (expected.as_bytes().to_vec(), complete), "{head:?} {rest:?}");
            let found = content(format!("{head}{rest}").as_bytes(), piece);
            assert_eq!(found, (expected.as_bytes().to_vec(), complete), "{head:?} {rest:?} by {piece}");
        }
    }
}

#[test]
fn only_so_much_is_kept() {
    let long = "x".repeat(MAX_RESPONSE_BODY + 1);
    let (bytes, complete) = content(format!("HTTP/1.1 401 X\r\n\r\n{long}").as_bytes(), 1000);
    assert_eq!((bytes.len(), complete), (MAX_RESPONSE_BODY, true));
    // A chunk's size that does not end is no reason to keep it.
    let head = "HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n1;";
    assert_eq!(content(format!("{head}{long}").as_bytes(), 100), (Vec::new(), true));
}

/// A body, and what lies behind it.
type Found<T> = Result<Option<(T, T)>, Error>;

/// Reads a request's body of at most 10 bytes piece by piece, if it comes whole.
fn body(bytes: &[u8], piece: usize) -> Found<Vec<u8>> {
    let Status::Complete(request, consumed) = Parser::new().request(bytes)? else { panic!("no request") };
    let Some(mut content) = Content::of_request(&request, 10) else { return Ok(None) };
    let mut input = Vec::new();
    for piece in bytes[consumed..].chunks(piece.max(1)) {
        input.extend_from_slice(piece);
        let taken = content.feed(&input)?;
        input.drain(..taken);
    }
    content.feed(&[])?;
    assert!(content.bytes.capacity() <= 10, "no memory beyond the limit");
    let is_complete = content.is_complete();
    Ok(Some((content.take_bytes(), input)).filter(|_| is_complete))
}

fn framed(version: &str, fields: &str, rest: &str, expected: Found<&str>) {
    let head = format!("POST / HTTP/{version}\r\nHost: a\r\n{fields}\r\n");
    let bytes = [head.as_bytes(), rest.as_bytes()].concat();
    let expected = expected.map(|found| found.map(|(body, behind)| (body.into(), behind.into())));
    for piece in 1..=rest.len().max(1) {
        assert_eq!(body(&bytes, piece), expected, "{version} {fields:?} {rest:?} by {piece}");
    }
}

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

#[test]
fn a_body_has_its_length_or_comes_in_chunks() {
    for (fields, rest, expected) in [
        ("", "GET", None),
        ("Content-Length: 0\r\n", "GET", Some(("", "GET"))),
        ("Content-Length: 5\r\n", "helloGET", Some(("hello", "GET"))),
        ("Content-Length: 10\r\n", "helloworldGET", Some(("helloworld", "GET"))),
        ("Content-Length: 5\r\n", "hell", None),
        (CHUNKED, "5\r\nhello\r\n0\r\n\r\nGET", Some(("hello", "GET"))),
        (CHUNKED, "0\r\n\r\nGET", Some(("", "GET"))),
        (CHUNKED, "2\r\nhe\r\n003\r\nllo\r\n5\r\nworld\r\n000\r\n\r\n", Some(("helloworld", ""))),
        (CHUNKED, "A\r\nhelloworld\r\n0\r\n\r\n", Some(("helloworld", ""))),
        (CHUNKED, "a\r\n\r\n0\r\n\r\n\r\n!\r\n0\r\n\r\nGET", Some(("\r\n0\r\n\r\n\r\n!", "GET"))),
        (CHUNKED, "1;a\r\nh\r\n1 ; b=\"c;\td\"\r\ni\r\n0;聊天\r\n\r\nGET", Some(("hi", "GET"))),
        (CHUNKED, "1\r\nh\r\n0\r\nA: b\r\nContent-Length:\t9 聊\r\n\r\nGET", Some(("h", "GET"))),
        ("transfer-encoding: CHUNKED \r\n", "1\r\nh\r\n0\r\n\r\n", Some(("h", ""))),
        (CHUNKED, "5\r\nhell", None),
        (CHUNKED, "5\r\nhello\r\n", None),
        (CHUNKED, "5\r\nhello\r\n0\r\n", None),
        (CHUNKED, "5\r\nhello\r\n0\r\n\r", None),
        (CHUNKED, "5\r\nhello\r\n0\r\nA: b\r\n", None),
    ] {
        framed("1.1", fields, rest, Ok(expected));
    }
    framed("1.0", "Content-Length: 2\r\n", "hi", Ok(Some(("hi", ""))));
}

#[test]
fn a_body_that_is_too_long_is_refused_when_it_is_announced() {
    for (fields, rest) in [
        ("Content-Length: 11\r\n", ""),
        ("Content-Length: 18446744073709551615\r\n", "hello"),
        (CHUNKED, "b\r\n"),
        (CHUNKED, "5\r\nhello\r\n6\r\n"),
        (CHUNKED, "ffffffffffffffff\r\n"),
    ] {
        framed("1.1", fields, rest, Err(Error::BodyTooLarge(10)));
    }
}

#[test]
fn a_body_that_two_readers_may_understand_differently_is_refused() {
    let both = Error::MalformedBody("both Transfer-Encoding and Content-Length");
    let coding = Error::MalformedBody("the Transfer-Encoding must be chunked, in HTTP/1.1");
    let last = "0\r\n\r\n";
    for (version, fields, error) in [
        ("1.1", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", both),
        ("1.1", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", both),
        ("1.1", "Content-Length: x\r\nTransfer-Encoding: gzip\r\n", both),
        ("1.0", CHUNKED, coding),
        ("1.1", "Transfer-Encoding: gzip, chunked\r\n", coding),
        ("1.1", "Transfer-Encoding: chunked, chunked\r\n", coding),
        ("1.1", "Transfer-Encoding: chunked,\r\n", coding),
        ("1.1", "Transfer-Encoding: chunked;a=b\r\n", coding),
        ("1.1", "Transfer-Encoding: \"chunked\"\r\n", coding),
        ("1.1", "Transfer-Encoding: xchunked\r\n", coding),
        ("1.1", "Transfer-Encoding: chunke\u{212a}\r\n", coding),
        ("1.1", "Transfer-Encoding: identity\r\n", coding),
        ("1.1", "Transfer-Encoding:\r\n", coding),
        ("1.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", coding),
        ("1.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", coding),
        ("1.1", "Content-Length: 5\r\nContent-Length: 6\r\n", Error::ContentLength),
        ("1.1", "Content-Length: 5\r\nContent-Length: 5\r\n", Error::ContentLength),
        ("1.1", "Content-Length: 5, 5\r\n", Error::ContentLength),
        ("1.1", "Content-Length: +5\r\n", Error::ContentLength),
        ("1.1", "Content-Length: 0x5\r\n", Error::ContentLength),
        ("1.1", "Content-Length: 5 5\r\n", Error::ContentLength),
        ("1.1", "Content-Length: 18446744073709551616\r\n", Error::ContentLength),
        ("1.1", "Content-Length:\r\n", Error::ContentLength),
    ] {
        framed(version, fields, last, Err(error));
    }
    for rest in [
        "\r\n",
        "\r\nhello",
        "\n",
        " 5\r\n",
        "+5\r\n",
        "-5\r\n",
        "0x5\r\n",
        "5\n",
        "5\rX",
        "5 \r\n",
        "5 5\r\n",
        "5,5\r\n",
        "5;a\nb\r\n",
        "5;a\rb\r\n",
        "5;a\0\r\n",
        "5;\x7f\r\n",
        "g\r\n",
        "10000000000000005\r\nhello",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\rX",
        "5\r\nhello\r\n\r\n",
        "0\r\n\n",
        "0\r\n\rX",
        "0\r\nGET / HTTP/1.1\r\n\r\n",
        "0\r\n: b\r\n\r\n",
        "0\r\nA\r\n\r\n",
        "0\r\nA : b\r\n\r\n",
        "0\r\n A: b\r\n\r\n",
        "0\r\nA: b\n\r\n",
        "0\r\nA: b\rc\r\n\r\n",
        "0\r\nA: b\0\r\n\r\n",
    ] {
        framed("1.1", CHUNKED, rest, Err(Error::MalformedBody("what frames a chunk")));
    }
}

#[test]
fn framing_has_a_limit() {
    let error = Error::MalformedBody("too many extensions of chunks, or too long a trailer");
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let tried = |rest: &str| body(format!("{head}{rest}").as_bytes(), 1000);
    let long = "x".repeat(MAX_EXCESS);
    assert_eq!(MAX_EXCESS, 16_384);
    // A semicolon, a digit and a carriage return are the rest; what begins the chunk is what is usual.
    let (zeros, few) = ("0".repeat(MAX_EXCESS + 1), "x".repeat(MAX_EXCESS - 3));
    for rest in [
        format!("1;{few}x\r\nh\r\n0\r\n\r\n"),
        format!("1;{long}"),
        format!("0\r\nA: {long}"),
        zeros,
        "1;xxxxxxxxxxxxxxxxxx\r\nh\r\n".repeat(9) + &"0;x".repeat(MAX_EXCESS),
        format!("1 {}", " ".repeat(MAX_EXCESS)),
        format!("0\r\n{}", "A: b\r\n".repeat(MAX_EXCESS / 6 + 1)),
    ] {
        assert_eq!(tried(&rest), Err(error), "{}", &rest[..20]);
    }
    for rest in [format!("1;{few}\r\nh\r\n0\r\n\r\n"), format!("1\r\nh\r\n0\r\nA: {}\r\n\r\n", &few[20..])] {
        assert_eq!(tried(&rest), Ok(Some((b"h".to_vec(), Vec::new()))), "{}", &rest[..20]);
    }
    // Many chunks are no fault: a body may come byte by byte.
    let head = head.replace("/ ", "/long ");
    let bytes = format!("{head}{}0\r\n\r\n", "1\r\nx\r\n".repeat(100_000));
    let Ok(Status::Complete(request, consumed)) = Parser::new().request(bytes.as_bytes()) else { panic!("a head") };
    let mut content = Content::of_request(&request, 100_000).expect("a body");
    assert_eq!(content.feed(&bytes.as_bytes()[consumed..]), Ok(bytes.len() - consumed));
    assert!(content.is_complete() && content.take_bytes().len() == 100_000);
}

#[test]
fn what_is_wrong_stays_wrong() {
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let Ok(Status::Complete(request, _)) = Parser::new().request(head) else { panic!("no request") };
    let mut content = Content::of_request(&request, 10).expect("a body");
    assert_eq!(content.feed(b"1\r\nx\r\n"), Ok(6));
    let error = content.feed(b"b\r\n").expect_err("too long");
    assert_eq!((content.feed(b"0\r\n\r\n"), content.is_complete()), (Err(error), false));
}

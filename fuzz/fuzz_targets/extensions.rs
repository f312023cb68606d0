//! Any text as `Sec-WebSocket-Extensions`: what is accepted means the same when written plainly; and as a URL.
#![no_main]

use libfuzzer_sys::fuzz_target;
use php_sockets::ws::handshake::{Extensions, Url};

fuzz_target!(|text: &str| {
    if let Some(plain) = plain(text) {
        assert_eq!(self::plain(&plain).as_ref(), Some(&plain));
    }
    if let Ok(url) = Url::parse(text) {
        assert_eq!(Url::parse(&url.to_string()), Ok(url));
    }
});

fn plain(text: &str) -> Option<String> {
    let mut list = Vec::new();
    for extension in Extensions::new(text) {
        let extension = extension.ok()?;
        let mut text = extension.name().to_owned();
        for (name, value) in extension.parameters() {
            text += &value.map_or_else(|| format!("; {name}"), |value| format!("; {name}={value}"));
        }
        list.push(text);
    }
    Some(list.join(", "))
}

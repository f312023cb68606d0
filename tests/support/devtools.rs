//! Headless Chromium, driven over its `DevTools` protocol with this crate's WebSocket client.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use php_sockets::ws::{Connection, Message, Transport};
use serde_json::{Value, json};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// No step takes longer, on a busy machine either.
const PATIENCE: Duration = Duration::from_secs(60);

const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Those of the tests are nobody's that it knows.
    "--ignore-certificate-errors",
    "--remote-debugging-port=0",
];

/// A running browser, ended when dropped.
pub(crate) struct Browser {
    process: Child,
    connection: Connection<Transport>,
    buffer: Vec<u8>,
    calls: u64,
}

/// A page in a browser context of its own: as another person's browser.
#[derive(Clone, PartialEq)]
pub(crate) struct Page(String);

impl Browser {
    /// Starts Chromium with an empty profile; `None` where there is none, which CI does not have happen.
    pub(crate) fn start(profile: &Path) -> Outcome<Option<Self>> {
        let mut command = Command::new("chromium");
        command.args(FLAGS).arg(format!("--user-data-dir={}", profile.display())).arg("about:blank");
        let Ok(mut process) = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn() else {
            crate::skip::missing("chromium");
            return Ok(None);
        };
        let mut errors = BufReader::new(process.stderr.take().ok_or("no stderr")?);
        let mut said = String::new();
        let url = loop {
            let mut line = String::new();
            if errors.read_line(&mut line)? == 0 {
                return Err(format!("chromium ended: {said}").into());
            }
            if let Some(url) = line.trim().strip_prefix("DevTools listening on ") {
                break url.to_owned();
            }
            said += &line;
        };
        // Else it could stop when the pipe is full.
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        let mut connection = Connection::connect(&url)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        Ok(Some(Self { process, connection, buffer: Vec::new(), calls: 0 }))
    }

    /// Calls a method and waits for its result; events meanwhile are not ours to care about.
    fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Outcome<Value> {
        self.calls += 1;
        let mut call = json!({"id": self.calls, "method": method, "params": params});
        if let Some(session) = session {
            call["sessionId"] = session.into();
        }
        self.connection.send(&call.to_string())?;
        loop {
            let Message::Text(text) = self.connection.read(&mut self.buffer)? else {
                return Err("the browser left".into());
            };
            let mut answer: Value = serde_json::from_str(text)?;
            if answer["id"] == self.calls {
                return match answer.get("error") {
                    Some(error) => Err(format!("{method}: {error}").into()),
                    None => Ok(answer["result"].take()),
                };
            }
        }
    }

    /// Opens a page in a browser of this language.
    pub(crate) fn open(&mut self, url: &str, language: &str) -> Outcome<Page> {
        let context = self.call(None, "Target.createBrowserContext", json!({}))?["browserContextId"].take();
        let target = json!({"url": "about:blank", "browserContextId": context, "width": 1100, "height": 720});
        let target = self.call(None, "Target.createTarget", target)?["targetId"].take();
        let attached = self.call(None, "Target.attachToTarget", json!({"targetId": target, "flatten": true}))?;
        let page = Page(attached["sessionId"].as_str().ok_or("no session")?.to_owned());
        let agent = self.evaluate(&page, "navigator.userAgent")?;
        self.on(&page, "Network.setUserAgentOverride", json!({"userAgent": agent, "acceptLanguage": language}))?;
        self.on(&page, "Emulation.setFocusEmulationEnabled", json!({"enabled": true}))?;
        self.on(&page, "Page.navigate", json!({"url": url}))?;
        self.wait_for(&page, "document.readyState === 'complete'")?;
        Ok(page)
    }

    /// Calls a method of a page.
    pub(crate) fn on(&mut self, page: &Page, method: &str, params: Value) -> Outcome<Value> {
        self.call(Some(&page.0), method, params)
    }

    /// Returns the value of an expression.
    pub(crate) fn evaluate(&mut self, page: &Page, expression: &str) -> Outcome<Value> {
        let params =
            json!({"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let mut result = self.on(page, "Runtime.evaluate", params)?;
        match result.get("exceptionDetails") {
            Some(details) => Err(format!("{expression}: {details}").into()),
            None => Ok(result["result"]["value"].take()),
        }
    }

    /// Waits until a condition holds.
    pub(crate) fn wait_for(&mut self, page: &Page, condition: &str) -> Outcome {
        let patience = PATIENCE - Duration::from_secs(10);
        let promise = format!(
            "new Promise(done => {{
                const end = Date.now() + {};
                const look = () => ({condition}) ? done(true) : Date.now() > end ? done(false) : setTimeout(look, 20);
                look();
            }})",
            patience.as_millis()
        );
        if self.evaluate(page, &promise)? == true {
            return Ok(());
        }
        let text = self.evaluate(page, "document.body.innerText")?;
        Err(format!("it does not come to be that {condition}; the page says:\n{}", text.as_str().unwrap_or_default())
            .into())
    }

    /// Writes into the element that has the focus.
    pub(crate) fn write(&mut self, page: &Page, text: &str) -> Outcome {
        self.on(page, "Input.insertText", json!({"text": text})).map(drop)
    }

    /// Presses Enter.
    pub(crate) fn press_enter(&mut self, page: &Page) -> Outcome {
        for kind in ["rawKeyDown", "char", "keyUp"] {
            let event =
                json!({"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"});
            self.on(page, "Input.dispatchKeyEvent", event)?;
        }
        Ok(())
    }

    /// Presses Escape.
    pub(crate) fn press_escape(&mut self, page: &Page) -> Outcome {
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({"type": kind, "key": "Escape", "code": "Escape", "windowsVirtualKeyCode": 27});
            self.on(page, "Input.dispatchKeyEvent", event)?;
        }
        Ok(())
    }

    /// Clicks on the first element that a selector finds with this text in it.
    pub(crate) fn click(&mut self, page: &Page, selector: &str, text: &str) -> Outcome {
        let find =
            format!("[...document.querySelectorAll({selector:?})].find(it => it.textContent.includes({text:?}))");
        self.wait_for(page, &find)?;
        self.evaluate(page, &format!("void {find}.click()")).map(drop)
    }

    /// Writes a picture of the page into a PNG file.
    pub(crate) fn picture(&mut self, page: &Page, file: &Path) -> Outcome {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let picture = self.on(page, "Page.captureScreenshot", json!({"format": "png"}))?;
        let picture =
            STANDARD.decode(picture["data"].as_str().ok_or("no picture")?).map_err(|error| error.to_string())?;
        Ok(std::fs::write(file, picture)?)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.call(None, "Browser.close", json!({}));
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

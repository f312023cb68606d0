//! One program takes another's place while everybody talks.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use chat_protocol::{Event, Request};

use crate::crowd::{self, Crowd};
use crate::operation::{logged, logs};
use crate::support::{Directory, Outcome, PATIENCE, Server, program};

#[test]
fn a_restart_loses_doubles_and_refuses_nothing() -> Outcome {
    let directory = Directory::new("chat-handover")?;
    restart(&directory, &["--history", &directory.file("chat.db")], 1000)
}

#[cfg(feature = "redis")]
#[test]
fn nor_does_one_with_redis() -> Outcome {
    let Some(redis) = crate::redis::Redis::start("chat-handover-redis")? else { return Ok(()) };
    restart(&Directory::new("chat-handover-log")?, &["--redis", &redis.url()], 200)
}

#[test]
fn what_is_in_memory_alone_is_not_left() -> Outcome {
    let directory = Directory::new("chat-no-handover")?;
    let log = directory.file("log");
    let server = logged(&log, &[])?;
    let mut client = server.enter("小明")?;
    server.signal("USR2")?;
    logs(&log, "no restart: without --history or --redis what was said would be lost\n")?;
    client.say("1", "lobby", "still here")?;
    assert_eq!(client.said()?.text, "still here");
    Ok(())
}

/// Asks as `systemctl reload` does; returns whether that succeeds, and what is told.
fn ask(server: &Server) -> Outcome<(bool, String)> {
    let output = program("chat_server").args(["restart", &server.process.id().to_string()]).output()?;
    Ok((output.status.success(), String::from_utf8([output.stdout, output.stderr].concat())?))
}

#[test]
fn who_asks_for_a_restart_is_told_what_came_of_it() -> Outcome {
    let directory = Directory::new("chat-asked")?;
    let log = directory.file("log");
    let server = logged(&log, &[])?;
    let told = "no restart: without --history or --redis what was said would be lost\n";
    assert_eq!(ask(&server)?, (false, told.into()));
    logs(&log, told)?;
    server.enter("小明")?;
    let mut server = logged(&log, &["--history", &directory.file("chat.db")])?;
    server.enter("小明")?;
    let (is_done, told) = ask(&server)?;
    assert!(is_done, "{told}");
    assert!(server.wait()?.success());
    server.enter("Ana")?;
    assert_eq!(std::fs::read_to_string(&log)?, told);
    end(&told)
}

#[test]
fn a_server_has_one_successor() -> Outcome {
    let directory = Directory::new("chat-successor")?;
    one_successor(&directory, &["--history", &directory.file("chat.db")])
}

#[cfg(feature = "redis")]
#[test]
fn so_has_one_with_redis() -> Outcome {
    let Some(redis) = crate::redis::Redis::start("chat-successor-redis")? else { return Ok(()) };
    one_successor(&Directory::new("chat-successor-log")?, &["--redis", &redis.url()])
}

fn one_successor(directory: &Directory, options: &[&str]) -> Outcome {
    let log = directory.file("log");
    let mut server = logged(&log, options)?;
    // Who does not say goodbye keeps it for a moment.
    let _client = server.enter("小明")?;
    let (is_done, first) = ask(&server)?;
    assert!(is_done, "{first}");
    let (is_done, second) = ask(&server)?;
    // On a very busy machine it may have ended by then.
    let is_told = second.ends_with(" takes over already\n") || server.process.try_wait()?.is_some();
    assert!(!is_done && is_told, "{second}");
    assert!(server.wait()?.success());
    assert_eq!(logs(&log, " takes over")?.matches(" takes over\n").count(), 1);
    end(&first)
}

#[test]
fn systemd_is_told_who_serves() -> Outcome {
    let directory = Directory::new("chat-notify")?;
    let (log, path) = (directory.file("log"), directory.file("notify"));
    let systemd = UnixDatagram::bind(&path)?;
    systemd.set_read_timeout(Some(PATIENCE))?;
    let main = || -> Outcome<String> {
        let mut state = [0; 100];
        let length = loop {
            match systemd.recv(&mut state) {
                // What befalls a child of the test is a signal.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                length => break length?,
            }
        };
        let state = std::str::from_utf8(&state[..length])?;
        Ok(state.strip_prefix("READY=1\nMAINPID=").ok_or(state)?.to_owned())
    };
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" \"$@\" 2>\"$LOG\""]).env("LOG", &log).env("NOTIFY_SOCKET", &path);
    let mut server = Server::start_by(&mut shell, &["--history", &directory.file("chat.db")])?;
    assert_eq!(main()?, server.process.id().to_string());
    server.signal("USR2")?;
    let next = main()?;
    assert!(server.wait()?.success());
    let log = logs(&log, " takes over")?;
    assert_eq!(log, format!("process {next} takes over\n"));
    end(&log)
}

#[test]
fn a_container_is_not_ended() -> Outcome {
    let directory = Directory::new("chat-container")?;
    let log = directory.file("log");
    // The first process of a namespace, as in a container.
    let unshare = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child"];
    if !Command::new("unshare").args(unshare).arg("true").status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec unshare $HOW \"$0\" \"$@\" 2>\"$LOG\""]).env("HOW", unshare.join(" ")).env("LOG", &log);
    let server = Server::start_by(&mut shell, &["--history", &directory.file("chat.db")])?;
    let parent = server.process.id();
    let first = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"))?;
    assert!(Command::new("kill").args(["-s", "USR2", first.trim()]).status()?.success());
    logs(&log, "no restart: a container ends with its first process, which this is: restart the container\n")?;
    server.enter("小明").map(drop)
}

#[test]
fn a_program_that_does_not_start_ends_nothing() -> Outcome {
    let directory = Directory::new("chat-bad-handover")?;
    let (installed, history, log) = (directory.file("chat_server"), directory.file("chat.db"), directory.file("log"));
    let install = |source: &OsStr| -> Outcome {
        // As a new version is installed: another file of the same name. By a process of its own, as a program that is still being
        // written cannot be started, and what other tests start at that moment would hold the file open.
        let new = directory.file("new");
        assert!(Command::new("install").args(["-m", "755"]).arg(source).arg(&new).status()?.success());
        Ok(std::fs::rename(new, &installed)?)
    };
    let own = program("chat_server").get_program().to_owned();
    let install_own = || install(&own);
    install_own()?;
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$PROGRAM\" \"$@\" 2>\"$LOG\""]).env("PROGRAM", &installed).env("LOG", &log);
    let mut server = Server::start_by(&mut shell, &["--history", &history, "--rate", "0"])?;
    let mut client = server.enter("小明")?;
    let mut said = 0;
    let mut goes_on = |server: &Server, reason: &str| -> Outcome {
        server.signal("USR2")?;
        logs(&log, reason)?;
        said += 1;
        client.say(&said.to_string(), "lobby", reason)?;
        assert_eq!(client.said()?.text, reason);
        server.enter("Ana").map(drop)
    };
    let source = directory.file("source");
    let script = |text: &str| {
        std::fs::write(&source, text)?;
        install(source.as_ref())
    };
    script("#!/bin/sh\necho 'no library' >&2\nexit 3\n")?;
    goes_on(&server, "no library\nno restart: the new program ended: exit status: 3\n")?;
    script("#!/bin/sh\nexec kill -9 $$\n")?;
    goes_on(&server, "no restart: the new program ended: signal: 9 (SIGKILL)\n")?;
    script("#!/bin/sh\nexec sleep 600\n")?;
    goes_on(&server, "no restart: the new program took too long to start\n")?;
    std::fs::remove_file(&installed)?;
    goes_on(&server, "no restart: No such file or directory")?;
    // It finds the history's file left to it, and cannot use it.
    let newer = format!("#!/bin/sh\nexec '{}' --history '{}'\n", own.to_string_lossy(), directory.file(""));
    script(&newer)?;
    let reason = format!(
        "--history {}: Is a directory (os error 21)\nno restart: the new program ended: exit status: 1\n",
        directory.file("")
    );
    goes_on(&server, &reason)?;
    install_own()?;
    server.signal("USR2")?;
    let told = logs(&log, " takes over")?;
    assert_eq!(client.closed()?.0, 1012);
    assert!(server.wait()?.success());
    let mut late = server.connect()?;
    late.hello("late")?;
    assert_eq!(late.join("lobby", Some(0))?.1.len(), said);
    end(&told)
}

fn restart(directory: &Directory, options: &[&str], clients: usize) -> Outcome {
    static SAID: AtomicUsize = AtomicUsize::new(0);
    let log = directory.file("log");
    let server = logged(&log, &[options, &["--rate", "0", "--threads", "2"]].concat())?;
    let crowd = Crowd { clients, room: 50, messages: 4, time: Duration::from_secs(4), may_be_refused: false };
    let threads = crowd::start(&server.url(), &crowd, &SAID);
    // All of them are there and some of it has been said.
    let mut watcher = server.enter("watcher")?;
    let begun = Instant::now();
    let rooms = loop {
        watcher.send(&Request::Rooms)?;
        let rooms = watcher.until(|event| match event {
            Event::Rooms { rooms } => Some(rooms),
            _ => None,
        })?;
        if rooms.iter().map(|room| room.people).sum::<usize>() == crowd.clients + 1 || begun.elapsed() > PATIENCE {
            break rooms;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(rooms.len(), 1 + crowd.clients / crowd.room, "{rooms:?}");
    server.signal("USR2")?;
    assert_eq!(watcher.closed()?.0, 1012);
    let report = crowd::finish(&crowd, threads)?;
    assert!(report.came_back >= crowd.clients, "{}", report.came_back);
    end(&logs(&log, " takes over")?)
}

/// Ends the program that took over.
fn end(log: &str) -> Outcome {
    let line = log.lines().find_map(|line| line.strip_suffix(" takes over")).ok_or("no line")?;
    let process = line.strip_prefix("process ").ok_or("no process")?;
    // It is nobody's child any more.
    let status = Command::new("kill").arg(process).status()?;
    if status.success() { Ok(()) } else { Err("no server took over".into()) }
}

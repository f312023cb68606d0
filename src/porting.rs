//! How PHP socket code becomes Rust, line by line.
//!
//! Take over every line as it is, then let the compiler show where Rust wants more: a `?` for what PHP checks with
//! `=== false`, a `&` before a socket, a `None` for an argument that PHP has a default for. This page has each rule with a PHP
//! line and its Rust line, then the idioms of real programs.
//!
//! # The rules
//!
//! ## `false` becomes `Err`
//!
//! A function that returns `Foo|false` returns `Result<Foo>`, and `bool` becomes `Result<()>`. The error's text is PHP's
//! warning; nothing is printed unless you print it, so `@` needs no counterpart.
//!
//! ```php
//! $sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
//! if ($sock === false) die("no socket");
//! @socket_bind($sock, '127.0.0.1', 0);
//! ```
//!
//! ```
//! # use php_sockets::*;
//! let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! let _ = socket_bind(&sock, "127.0.0.1", 0);
//! # Ok::<(), Error>(())
//! ```
//!
//! ## A line that PHP does not check goes on
//!
//! PHP warns and takes the next line. `?` leaves the function, which in a server's loop means every client: where PHP does
//! not look at the result, do not use it.
//!
//! ```php
//! socket_write($client, "hello\n");
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! if let Err(error) = socket_write(&client, "hello\n", None) {
//!     eprintln!("PHP Warning:  {error}");
//! }
//! # Ok::<(), Error>(())
//! ```
//!
//! With `let _ = socket_write(...)` it is as silent as with `@`. In a `main` that returns `Result<()>`, `?` ends the programme
//! with PHP's text on stderr.
//!
//! What PHP throws, a `ValueError`, a `TypeError` or the `Error` of a closed socket, is an `Err` too, with its text.
//!
//! ## A socket is passed with `&`, and cloned where PHP copies the variable
//!
//! A clone is the same socket, as PHP's variable holds the same object. The last one that is dropped closes it.
//!
//! ```php
//! $clients[] = $conn;
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! let mut clients = Vec::new();
//! clients.push(conn.clone());
//! assert!(clients[0] == conn);
//! # Ok::<(), Error>(())
//! ```
//!
//! ## A socket as text, and as an array key
//!
//! PHP 7's `(int) $socket` and PHP 8's `spl_object_id($socket)` are [`Socket::id`](crate::Socket::id), which is unique among
//! the sockets that there are. Printed, a socket is `Resource id #5`, as it was in PHP 7.
//!
//! ```php
//! $clients[(int) $conn] = $conn;
//! echo "Client $conn\n";
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! let mut clients = std::collections::HashMap::new();
//! clients.insert(conn.id(), conn.clone());
//! println!("Client {conn}");
//! # assert!(clients[&conn.id()] == conn);
//! # Ok::<(), Error>(())
//! ```
//!
//! ## `socket_close` closes for every clone
//!
//! It closes at once, whatever clones there are; a later call on one of them is the error that PHP throws. A socket that
//! nobody closes is closed with its last clone.
//!
//! ```php
//! socket_close($clients[$key]);
//! unset($clients[$key]);
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let (mut clients, key) = (vec![socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?], 0);
//! # let clone = clients[key].clone();
//! socket_close(&clients[key])?;
//! clients.remove(key);
//! # assert!(matches!(socket_listen(&clone, None), Err(Error::Closed { .. })));
//! # Ok::<(), Error>(())
//! ```
//!
//! ## An optional argument is `None`, or just the value
//!
//! ```php
//! socket_listen($sock);
//! socket_listen($sock, 4);
//! $all = socket_read($conn, 2048);
//! $line = socket_read($conn, 2048, PHP_NORMAL_READ);
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! socket_listen(&sock, None)?;
//! socket_listen(&sock, 4)?;
//! # let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! # socket_connect(&conn, "127.0.0.1", socket_getsockname(&sock)?.1)?;
//! # socket_write(&socket_accept(&sock)?, "all\nline\n", None)?;
//! let all = socket_read(&conn, 4, None)?;
//! let line = socket_read(&conn, 2048, PHP_NORMAL_READ)?;
//! # assert_eq!((&*all, &*line), (&b"all\n"[..], &b"line\n"[..]));
//! # Ok::<(), Error>(())
//! ```
//!
//! ## PHP's int has three types
//!
//! | what | type | from another one |
//! |---|---|---|
//! | ports, flags, families, options, error numbers | `i32` | `i32::from(port)` for a `u16`, `text.parse::<i32>()?` |
//! | lengths, in bytes | `usize` | `data.len()` |
//! | the seconds and microseconds of `socket_select` | `i64` | `i64::from(seconds)` |
//!
//! `getprotobyname('tcp')` is [`SOL_TCP`](crate::SOL_TCP), `'udp'` [`SOL_UDP`](crate::SOL_UDP), `'icmp'`
//! [`IPPROTO_ICMP`](crate::IPPROTO_ICMP).
//!
//! ## A string in is text or bytes, a string out is `Vec<u8>`
//!
//! PHP's strings are bytes. To print what came in, `String::from_utf8_lossy` never fails.
//!
//! ```php
//! $msg = "测试成功！";
//! socket_write($msgsock, $msg, strlen($msg));
//! echo "收到的信息:{$buf}";
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let [msgsock, other] = pair()?;
//! let msg = "测试成功！";
//! socket_write(&msgsock, msg, msg.len())?;
//! # let buf = socket_read(&other, 8192, None)?;
//! println!("收到的信息:{}", String::from_utf8_lossy(&buf));
//! # fn pair() -> Result<[Socket; 2]> {
//! #     let sock = socket_create_listen(0, None)?;
//! #     let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! #     socket_connect(&conn, "127.0.0.1", socket_getsockname(&sock)?.1)?;
//! #     Ok([socket_accept(&sock)?, conn])
//! # }
//! # Ok::<(), Error>(())
//! ```
//!
//! ## `&$data` is a `&mut Vec<u8>`, `&$address, &$port` are returned
//!
//! ```php
//! $bytes = socket_recv($conn, $buf, 1024, MSG_PEEK);
//! socket_getpeername($conn, $ip, $port);
//! socket_getpeername($conn, $ip);
//! $n = socket_recvfrom($udp, $buf, 512, 0, $from, $port);
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let sock = socket_create_listen(0, None)?;
//! # let other = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! # socket_connect(&other, "127.0.0.1", socket_getsockname(&sock)?.1)?;
//! # let conn = socket_accept(&sock)?;
//! # socket_write(&other, "hi", None)?;
//! # let udp = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
//! # socket_bind(&udp, "127.0.0.1", 0)?;
//! # socket_sendto(&udp, "hi", 2, 0, "127.0.0.1", socket_getsockname(&udp)?.1)?;
//! let mut buf = Vec::new();
//! let bytes = socket_recv(&conn, &mut buf, 1024, MSG_PEEK)?;
//! let (ip, port) = socket_getpeername(&conn)?;
//! let (ip, _) = socket_getpeername(&conn)?;
//! let (n, from, port) = socket_recvfrom(&udp, &mut buf, 512, 0)?;
//! # assert_eq!((bytes, n), (2, 2));
//! # Ok::<(), Error>(())
//! ```
//!
//! ## An associative array is a struct with the same keys
//!
//! ```php
//! socket_set_option($sock, SOL_SOCKET, SO_RCVTIMEO, array('sec' => 5, 'usec' => 0));
//! socket_set_option($sock, SOL_SOCKET, SO_LINGER, ['l_onoff' => 1, 'l_linger' => 0]);
//! socket_set_option($sock, SOL_SOCKET, SO_REUSEADDR, 1);
//! if (socket_get_option($sock, SOL_SOCKET, SO_TYPE) === SOCK_STREAM) { }
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! socket_set_option(&sock, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 5, usec: 0 })?;
//! socket_set_option(&sock, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
//! socket_set_option(&sock, SOL_SOCKET, SO_REUSEADDR, 1)?;
//! if socket_get_option(&sock, SOL_SOCKET, SO_TYPE)? == SOCK_STREAM {}
//! # Ok::<(), Error>(())
//! ```
//!
//! An option compares with a number as it is. Where the number or the array itself is needed, `try_into` takes it out.
//!
//! ```php
//! echo socket_strerror(socket_get_option($sock, SOL_SOCKET, SO_ERROR));
//! echo socket_get_option($sock, SOL_SOCKET, SO_RCVTIMEO)['usec'];
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! println!("{}", socket_strerror(socket_get_option(&sock, SOL_SOCKET, SO_ERROR)?.try_into()?));
//! println!("{}", Timeval::try_from(socket_get_option(&sock, SOL_SOCKET, SO_RCVTIMEO)?)?.usec);
//! # Ok::<(), Error>(())
//! ```
//!
//! An array that PHP fills is returned: `socket_create_pair` gives `[Socket; 2]`, `socket_addrinfo_lookup` a `Vec`. The array
//! of `socket_sendmsg` and `socket_recvmsg` is a [`Message`](crate::Message), whose keys are as optional as PHP's.
//!
//! ```php
//! socket_create_pair(AF_UNIX, SOCK_DGRAM, 0, $pair);
//! socket_sendmsg($pair[0], ['iov' => ['half ', 'and half']]);
//! $message = ['name' => [], 'buffer_size' => 1500, 'controllen' => socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1)];
//! $n = socket_recvmsg($pair[1], $message);
//! echo implode($message['iov']);
//! ```
//!
//! ```
//! # #[cfg(unix)] {
//! # use php_sockets::*;
//! let pair = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
//! socket_sendmsg(&pair[0], &Message { iov: vec!["half ".into(), "and half".into()], ..Default::default() }, None)?;
//! let mut message = Message {
//!     name: Some(MessageName::default()),
//!     buffer_size: Some(1500),
//!     controllen: socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1)?,
//!     ..Default::default()
//! };
//! let n = socket_recvmsg(&pair[1], &mut message, None)?;
//! println!("{}", String::from_utf8_lossy(&message.iov.concat()));
//! # assert_eq!((n, message.iov.concat()), (13, b"half and half".to_vec()));
//! # }
//! # Ok::<(), php_sockets::Error>(())
//! ```
//!
//! ## Streams are the standard library's types
//!
//! ```php
//! $stream = socket_export_stream($sock);
//! $sock = socket_import_stream($stream);
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let sock = socket_create_listen(0, None)?;
//! let stream: std::net::TcpListener = socket_export_stream(&sock)?;
//! let sock = socket_import_stream(stream)?;
//! # Ok::<(), Error>(())
//! ```
//!
//! # The idioms
//!
//! ## The same null for two arrays
//!
//! ```php
//! $read = $clients; $null = null;
//! if (socket_select($read, $null, $null, 0, 200000) < 1) continue;
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let clients = vec![socket_create_listen(0, None)?];
//! # for _ in 0..1 {
//! let mut read = clients.clone();
//! if socket_select(&mut read, None, None, 0, 200_000)? < 1 { continue; }
//! # }
//! # Ok::<(), Error>(())
//! ```
//!
//! `$read = $clients` may also be a `Vec` of references, the quickest copy, with keys or without; what a client is may be a
//! type of your own that [has a socket](crate::HasSocket).
//!
//! ```php
//! $read = array_column($clients, 'conn', 'name');
//! socket_select($read, $null, $null, 0, 200000);
//! foreach ($read as $name => $conn) echo "$name: " . socket_read($conn, 2048);
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # struct Client { conn: Socket }
//! # let conn = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
//! # let clients = std::collections::BTreeMap::from([("小明", Client { conn })]);
//! let mut read: Vec<_> = clients.iter().map(|(name, client)| (name, &client.conn)).collect();
//! socket_select(&mut read, None, None, 0, 200_000)?;
//! for (name, conn) in read { println!("{name}: {}", String::from_utf8_lossy(&socket_read(conn, 2048, None)?)); }
//! # Ok::<(), Error>(())
//! ```
//!
//! ## The select loop with `in_array` and `array_search`
//!
//! Sockets compare by identity, so `contains` is `in_array` and `position` is `array_search`. Clients with keys live in a
//! `BTreeMap`, a `HashMap` or, where the order in which PHP's array was filled counts, a `Vec<(K, Socket)>`; `socket_select`
//! keeps the keys, as PHP's does.
//!
//! ```php
//! $clients = array($sock);
//! while (true) {
//!     $read = $clients;
//!     if (socket_select($read, $write, $except, null) < 1) continue;
//!     if (in_array($sock, $read)) {
//!         if (($newsock = @socket_accept($sock)) !== false) {
//!             socket_set_nonblock($newsock);
//!             $clients[] = $newsock;
//!             @socket_write($newsock, "There are ".(count($clients) - 1)." client(s) connected\n");
//!         } else {
//!             usleep(100000);
//!         }
//!         $key = array_search($sock, $read);
//!         unset($read[$key]);
//!     }
//!     foreach ($read as $read_sock) {
//!         $data = @socket_read($read_sock, 1024, PHP_NORMAL_READ);
//!         if ($data === false || $data === '') {
//!             $key = array_search($read_sock, $clients);
//!             unset($clients[$key]);
//!             continue;
//!         }
//!         $data = trim($data);
//!         if (!empty($data)) {
//!             foreach ($clients as $send_sock) {
//!                 if ($send_sock == $sock || $send_sock == $read_sock) continue;
//!                 @socket_write($send_sock, $data."\n");
//!             }
//!         }
//!     }
//! }
//! ```
//!
//! ```
//! # use php_sockets::*;
//! fn chat(sock: Socket) {
//!     let mut clients = vec![sock.clone()];
//!     loop {
//!         let mut read = clients.clone();
//!         let Ok(1..) = socket_select(&mut read, None, None, None, None) else { continue };
//!         if read.contains(&sock) {
//!             if let Ok(newsock) = socket_accept(&sock) {
//!                 let _ = socket_set_nonblock(&newsock);
//!                 clients.push(newsock.clone());
//!                 let _ = socket_write(&newsock, format!("There are {} client(s) connected\n", clients.len() - 1), None);
//!             } else {
//!                 std::thread::sleep(std::time::Duration::from_millis(100));
//!             }
//!             if let Some(key) = read.iter().position(|s| *s == sock) { read.remove(key); }
//!         }
//!         for read_sock in &read {
//!             let data = socket_read(read_sock, 1024, PHP_NORMAL_READ).unwrap_or_default();
//!             if data.is_empty() {
//!                 if let Some(key) = clients.iter().position(|s| s == read_sock) { clients.remove(key); }
//! #               if clients.len() == 1 { return }
//!                 continue;
//!             }
//!             let data = data.trim_ascii();
//!             if !data.is_empty() {
//!                 for send_sock in &clients {
//!                     if send_sock == &sock || send_sock == read_sock { continue; }
//!                     let _ = socket_write(send_sock, [data, b"\n"].concat(), None);
//!                 }
//!             }
//!         }
//!     }
//! }
//! # let sock = socket_create_listen(0, None)?;
//! # let (_, port) = socket_getsockname(&sock)?;
//! # let server = std::thread::spawn(move || chat(sock));
//! # let connect = || -> Result<Socket> {
//! #     let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! #     socket_connect(&conn, "127.0.0.1", port)?;
//! #     socket_read(&conn, 100, PHP_NORMAL_READ)?;
//! #     Ok(conn)
//! # };
//! # let (one, two, gone) = (connect()?, connect()?, connect()?);
//! # // Closing so resets the connection: writing to it is an error, and the others go on.
//! # socket_set_option(&gone, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
//! # socket_close(&gone)?;
//! # for _ in 0..3 {
//! #     socket_write(&one, "你好\n", None)?;
//! #     assert_eq!(socket_read(&two, 100, PHP_NORMAL_READ)?, "你好\n".as_bytes());
//! # }
//! # socket_close(&one)?;
//! # socket_close(&two)?;
//! # server.join().expect("no panic");
//! # Ok::<(), Error>(())
//! ```
//!
//! The sockets of clients do not block, so that nobody waits for one who sends half a line or reads nothing. A client whose
//! connection has been reset is one that sends nothing more. Without a descriptor for the next one there is a pause: the
//! listening socket stays ready until it has been served, and the loop would spin.
//!
//! For thousands of clients, `poll::Context` does the same in time that does not grow with their number.
//!
//! ## `or die(socket_strerror(socket_last_error()))`
//!
//! The error carries number and text, so that the last error is rarely needed; it is there, for the socket and for the
//! thread.
//!
//! ```php
//! socket_bind($sock, $address, $port) or die('bind: '.socket_strerror(socket_last_error($sock)));
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! # let (address, port) = ("127.0.0.1", 0);
//! if socket_bind(&sock, address, port).is_err() {
//!     eprintln!("bind: {}", socket_strerror(socket_last_error(&sock)));
//!     std::process::exit(1);
//! }
//! # Ok::<(), Error>(())
//! ```
//!
//! ## The error number decides
//!
//! ```php
//! $data = @socket_read($conn, 1024);
//! if ($data === false) {
//!     $code = socket_last_error($conn);
//!     if ($code == SOCKET_EWOULDBLOCK || $code == SOCKET_EINTR) return;
//!     throw new Exception(socket_strerror($code), $code);
//! }
//! if ($data === '') { /* the client has left */ }
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # fn f(conn: &Socket) -> Result<()> {
//! let data = match socket_read(conn, 1024, None) {
//!     Err(error) if [SOCKET_EWOULDBLOCK, SOCKET_EINTR].contains(&error.code()) => return Ok(()),
//!     data => data?,
//! };
//! if data.is_empty() { /* the client has left */ }
//! # Ok(())
//! # }
//! ```
//!
//! For a log, [`Error::constant`](crate::Error::constant) is the name of the number's constant, `SOCKET_EPIPE` for 32; and
//! [`Error::is_thrown`](crate::Error::is_thrown) tells what PHP would have thrown from what it warns about.
//!
//! ## Read until there is nothing more
//!
//! ```php
//! while (($bytes = socket_recv($conn, $buf, 2048, 0)) >= 1) { $all .= $buf; }
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let sock = socket_create_listen(0, None)?;
//! # let other = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! # socket_connect(&other, "127.0.0.1", socket_getsockname(&sock)?.1)?;
//! # let conn = socket_accept(&sock)?;
//! # socket_write(&other, "all", None)?;
//! # socket_close(&other)?;
//! let (mut all, mut buf) = (Vec::new(), Vec::new());
//! while let Ok(1..) = socket_recv(&conn, &mut buf, 2048, 0) { all.extend_from_slice(&buf); }
//! # assert_eq!(all, b"all");
//! # Ok::<(), Error>(())
//! ```
//!
//! What PHP compares with `false` in a loop's head, `while let Ok(...)` does: clients that wait, datagrams that have come.
//!
//! ```php
//! while (($conn = socket_accept($sock)) !== false) { $clients[] = $conn; }
//! while (($n = socket_recvfrom($udp, $buf, 1500, MSG_DONTWAIT, $from, $port)) !== false) { echo "$n from $from\n"; }
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let sock = socket_create_listen(0, None)?;
//! # socket_set_nonblock(&sock)?;
//! # let other = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! # socket_connect(&other, "127.0.0.1", socket_getsockname(&sock)?.1)?;
//! # let udp = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
//! # socket_set_nonblock(&udp)?;
//! # const MSG_DONTWAIT: i32 = 0; // not on every system
//! # let (mut clients, mut buf) = (Vec::new(), Vec::new());
//! while let Ok(conn) = socket_accept(&sock) { clients.push(conn); }
//! while let Ok((n, from, port)) = socket_recvfrom(&udp, &mut buf, 1500, MSG_DONTWAIT) { println!("{n} from {from}"); }
//! # assert_eq!(clients.len(), 1);
//! # Ok::<(), Error>(())
//! ```
//!
//! ## Write until everything is gone
//!
//! ```php
//! while ($msg !== '') { $msg = substr($msg, socket_write($conn, $msg, strlen($msg))); }
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let sock = socket_create_listen(0, None)?;
//! # let conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! # socket_connect(&conn, "127.0.0.1", socket_getsockname(&sock)?.1)?;
//! # let mut msg = &b"hello"[..];
//! while !msg.is_empty() { msg = &msg[socket_write(&conn, msg, msg.len())?..]; }
//! # Ok::<(), Error>(())
//! ```
//!
//! [`Socket`](crate::Socket) is `Write` too, so `(&conn).write_all(msg)` does it on a blocking socket.
//!
//! ## Every address: `socket_bind($s, 0, $port)`
//!
//! ```php
//! socket_bind($sock, 0, $port);
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! # let port = 0;
//! socket_bind(&sock, "0", port)?;
//! # Ok::<(), Error>(())
//! ```
//!
//! ## A time limit on connecting
//!
//! ```php
//! socket_set_nonblock($sock);
//! if (!@socket_connect($sock, $host, $port) && socket_last_error($sock) !== SOCKET_EINPROGRESS) die("failed\n");
//! $write = [$sock];
//! if (socket_select($r, $write, $e, 5) !== 1) die("timed out\n");
//! if (socket_get_option($sock, SOL_SOCKET, SO_ERROR) !== 0) die("refused\n");
//! socket_set_block($sock);
//! ```
//!
//! ```
//! # use php_sockets::*;
//! # let listener = socket_create_listen(0, None)?;
//! # let (host, port) = ("127.0.0.1", socket_getsockname(&listener)?.1);
//! # let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
//! socket_set_nonblock(&sock)?;
//! match socket_connect(&sock, host, port) {
//!     Err(error) if error.code() != SOCKET_EINPROGRESS => { eprintln!("{error}"); std::process::exit(1) }
//!     _ => {}
//! }
//! let mut write = vec![sock.clone()];
//! if socket_select(None, &mut write, None, 5, None)? != 1 { eprintln!("timed out"); std::process::exit(1) }
//! if socket_get_option(&sock, SOL_SOCKET, SO_ERROR)? != 0 { eprintln!("refused"); std::process::exit(1) }
//! socket_set_block(&sock)?;
//! # Ok::<(), Error>(())
//! ```
//!
//! ## A path, and a server in several processes
//!
//! The address of an `AF_UNIX` socket is a `&str` (`path.to_str()` of a `PathBuf`), its port `None`. What PHP does in a
//! forked child, a thread does with a clone of the socket.
//!
//! ```php
//! socket_bind($sock, $path);
//! if (pcntl_fork() === 0) { serve($conn); exit; }
//! ```
//!
//! ```
//! # #[cfg(unix)] {
//! # use php_sockets::*;
//! # let path = &format!("\0porting-{}", std::process::id());
//! # let sock = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
//! # let conn = sock.clone();
//! # fn serve(_conn: &Socket) {}
//! socket_bind(&sock, path, None)?;
//! std::thread::spawn(move || serve(&conn));
//! # }
//! # Ok::<(), php_sockets::Error>(())
//! ```
//!
//! # What differs
//!
//! The [list of deviations](crate::deviations) is short; each stands on its function too.

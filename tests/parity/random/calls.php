<?php
// Runs the calls of the file $argv[1], one JSON array a line, on eight sockets: results, texts and last errors.
// calls.rs is the same for Rust; it makes the calls, too.
$slots = array_fill(0, 8, null);
$families = array_fill(0, 8, 0);

function last(?Socket $socket): ?int
{
    try {
        return socket_last_error($socket);
    } catch (Error) {
        return null;
    }
}

function clear(?Socket $socket): void
{
    try {
        socket_clear_error($socket);
    } catch (Error) {
    }
}

function store(int $slot, Socket|false $socket, int $family): mixed
{
    global $slots, $families;
    if ($socket !== false) {
        socket_set_nonblock($socket);
        if ($family !== AF_UNIX && socket_get_option($socket, SOL_SOCKET, SO_TYPE) === SOCK_STREAM) {
            socket_set_option($socket, SOL_TCP, TCP_NODELAY, 1); // what is sent is there at once
        }
        [$slots[$slot], $families[$slot]] = [$socket, $family];
    }
    return $socket;
}

/** Bytes that JSON has no text for are written as hexadecimal digits. */
function text(string $text): string
{
    return str_starts_with($text, 'hex:') ? hex2bin(substr($text, 4)) : $text;
}

/** What a port is cannot be compared, and an abstract name is one that PHP does not tell. */
function name(bool $found, ?string $address, ?int $port): array|bool
{
    return $found ? [$address, $port > 0] : false;
}

/** The address of the target if it is of the socket's family, else its own. */
function target(int $slot, int $target): array
{
    global $slots, $families;
    socket_getsockname($slots[$families[$target] === $families[$slot] ? $target : $slot], $address, $port);
    return [$address, $port];
}

function value(string $kind, array $rest): mixed
{
    return match ($kind) {
        'int', 'long', 'string' => $rest[0],
        'bool' => (bool) $rest[0],
        'linger' => ['l_onoff' => $rest[0], 'l_linger' => $rest[1]],
        'timeval' => ['sec' => $rest[0], 'usec' => $rest[1]],
        'group' => ['group' => $rest[0], 'interface' => $rest[1]],
        'source' => ['group' => $rest[0], 'source' => $rest[1], 'interface' => $rest[2]],
        'pktinfo' => ['addr' => $rest[0], 'ifindex' => $rest[1]],
    };
}

function control(string $kind, array $rest): array
{
    global $slots;
    return match ($kind) {
        'none' => [],
        'rights' => [['level' => SOL_SOCKET, 'type' => SCM_RIGHTS, 'data' => [$slots[$rest[0]]]]],
        'credentials' => [['level' => SOL_SOCKET, 'type' => SCM_CREDENTIALS,
            'data' => ['pid' => $rest[0] ?? getmypid(), 'uid' => getmyuid(), 'gid' => getmygid()]]],
        'pktinfo' => [['level' => IPPROTO_IPV6, 'type' => IPV6_PKTINFO, 'data' => ['addr' => $rest[0], 'ifindex' => $rest[1]]]],
        'int' => [['level' => $rest[0], 'type' => $rest[1], 'data' => $rest[2]]],
    };
}

/** What can be compared of a message: of its control messages the type and an int, of its name not the port. */
function message(array $message): array
{
    $control = array_map(fn($one) => [$one['level'], $one['type'], is_int($one['data']) ? $one['data'] : null], $message['control']);
    $name = $message['name'] ?? null;
    return [$name === null ? null : ($name['addr'] ?? $name['path']), $message['iov'], $message['flags'], $control];
}

function call(array $call): mixed
{
    global $slots, $families;
    static $number = 0;
    $function = array_shift($call);
    $s = is_int($call[0] ?? null) && $call[0] >= 0 && $call[0] < 8 ? $slots[$call[0]] : null;
    switch ($function) {
        case 'create':
            return store($call[0], socket_create($call[1], $call[2], $call[3]), $call[1]);
        case 'create_only':
            return socket_create($call[0], $call[1], $call[2]);
        case 'create_pair':
            $done = socket_create_pair($call[2], $call[3], $call[4], $pair);
            foreach ($done ? [0, 1] : [] as $end) {
                store($call[$end], $pair[$end], $call[2]);
            }
            return $done;
        case 'create_listen':
            return store($call[0], socket_create_listen($call[1], ...array_slice($call, 2)), AF_INET);
        case 'same':
            [$slots[$call[1]], $families[$call[1]]] = [$s, $families[$call[0]]];
            return true;
        case 'bind':
            return socket_bind($s, $call[1], $call[2]);
        case 'bind_same':
            // Whether a port is still in use is a matter of time.
            return socket_bind($s, target($call[0], $call[1])[0]);
        case 'listen':
            return socket_listen($s, ...array_slice($call, 1));
        case 'accept':
            return store($call[1], socket_accept($s), $families[$call[0]]);
        case 'connect':
            return socket_connect($s, $call[1], $call[2]);
        case 'connect_same':
            return socket_connect($s, ...target($call[0], $call[1]));
        case 'read':
            return socket_read($s, ...array_slice($call, 1));
        case 'read_line':
            // Where the line is not complete PHP would never return; of a packet it reads a byte.
            $count = socket_recv($s, $data, $call[1], MSG_PEEK | MSG_DONTWAIT);
            $stream = socket_get_option($s, SOL_SOCKET, SO_TYPE) === SOCK_STREAM;
            $complete = $stream && $count !== false && ($count === $call[1] || $count === 0 || strpbrk($data, "\r\n"));
            return $complete ? socket_read($s, $call[1], PHP_NORMAL_READ) : null;
        case 'write':
            return socket_write($s, text($call[1]), ...array_slice($call, 2));
        case 'send':
            return socket_send($s, text($call[1]), $call[2], $call[3]);
        case 'write_long':
            // Of a stream the system takes as much as it likes.
            $stream = socket_get_option($s, SOL_SOCKET, SO_TYPE) === SOCK_STREAM;
            return $stream ? null : socket_write($s, str_repeat('x', $call[1]));
        case 'recv':
            $count = socket_recv($s, $data, $call[1], $call[2]);
            return $count === false ? false : [$count, (string) $data];
        case 'recvfrom':
            $count = socket_recvfrom($s, $data, $call[1], $call[2], $address, $port);
            return $count === false ? false : [$count, $data, $address, $port > 0];
        case 'sendto':
            return socket_sendto($s, text($call[1]), $call[2], $call[3], $call[4], $call[5]);
        case 'sendto_same':
            return socket_sendto($s, text($call[2]), $call[3], $call[4], ...target($call[0], $call[1]));
        case 'shutdown':
            return socket_shutdown($s, $call[1]);
        case 'getsockname':
            return name(socket_getsockname($s, $address, $port), $address, $port);
        case 'getpeername':
            return name(socket_getpeername($s, $address, $port), $address, $port);
        case 'select':
            $set = fn(int $mask) => array_filter($slots, fn(int $slot) => $mask >> $slot & 1, ARRAY_FILTER_USE_KEY);
            [$read, $write, $except] = [$set($call[0]), $set($call[1]), $set($call[2])];
            $count = socket_select($read, $write, $except, $call[3], $call[4]);
            return $count === false ? false : [$count, array_keys($read), array_keys($write), array_keys($except)];
        case 'close':
            return socket_close($s) ?? true;
        case 'set_nonblock':
            return socket_set_nonblock($s);
        case 'set_block':
            return [socket_set_block($s), socket_set_nonblock($s)];
        case 'last_error':
            return last($s);
        case 'clear_error':
            return socket_clear_error($s) ?? true;
        case 'strerror':
            return socket_strerror($call[0]);
        case 'get_option':
            return socket_get_option($s, $call[1], $call[2]);
        case 'getopt':
            return socket_getopt($s, $call[1], $call[2]);
        case 'set_option':
            return socket_set_option($s, $call[1], $call[2], value($call[3], array_slice($call, 4)));
        case 'setopt':
            return socket_setopt($s, $call[1], $call[2], value($call[3], array_slice($call, 4)));
        case 'atmark':
            return socket_atmark($s);
        case 'cmsg_space':
            return socket_cmsg_space(...$call);
        case 'sendmsg':
            $control = control($call[3], array_slice($call, 4));
            return socket_sendmsg($s, ['iov' => [text($call[1])], 'control' => $control], $call[2]);
        case 'sendmsg_to':
            $name = $families[$call[0]] === AF_UNIX ? ['path' => $call[3]] : ['addr' => $call[3], 'port' => $call[4]];
            return socket_sendmsg($s, ['name' => $name, 'iov' => ['a', text($call[1])]], $call[2]);
        case 'recvmsg':
            $message = ['name' => [], 'buffer_size' => $call[1], 'controllen' => $call[2]];
            $count = socket_recvmsg($s, $message, $call[3]);
            return $count === false ? false : [$count, message($message)];
        case 'addrinfo':
            $found = socket_addrinfo_lookup($call[0], $call[1], ['ai_flags' => $call[2], 'ai_socktype' => $call[4],
                'ai_protocol' => $call[5], 'ai_family' => $call[3]]);
            return $found ? array_map(socket_addrinfo_explain(...), $found) : $found;
        case 'addrinfo_bind':
            [$first] = socket_addrinfo_lookup($call[1], $call[2], ['ai_socktype' => $call[3], 'ai_flags' => AI_NUMERICHOST]);
            return store($call[0], socket_addrinfo_bind($first), socket_addrinfo_explain($first)['ai_family']);
        case 'addrinfo_connect':
            [$first] = socket_addrinfo_lookup($call[0], $call[1], ['ai_socktype' => $call[2], 'ai_flags' => AI_NUMERICHOST]);
            return socket_addrinfo_connect($first);
        case 'export_stream':
            return socket_export_stream($s) !== false;
        case 'blocking':
            return blocking(...$call);
        case 'exhausted':
            return exhausted(...$call);
        case 'state':
            return state(...$call);
        case 'sendmsg_parts':
            [$address, $port] = target($call[0], $call[1]);
            $name = ['family' => $call[3], 'flowinfo' => $call[4], 'scope_id' => $call[5]];
            $name += $call[3] === AF_UNIX ? ['path' => $address] : ['addr' => $families[$call[0]] === AF_UNIX ? '::1' : $address, 'port' => $port ?? 0];
            return socket_sendmsg($s, ['name' => $name, 'iov' => array_fill(0, $call[2], 'ab')], 0);
        case 'recvmsg_family':
            if ($families[$call[0]] === AF_INET6 && $call[1] === AF_INET) {
                return null; // PHP reads an address of one family as one of the other
            }
            $message = ['name' => ['family' => $call[1]], 'buffer_size' => $call[2], 'controllen' => 100];
            $count = socket_recvmsg($s, $message, $call[3]);
            return $count === false ? false : [$count, message($message)];
        case 'imported':
            $stream = match ($call[1]) {
                'tcp' => stream_socket_server('tcp://127.0.0.1:0'),
                'tcp6' => stream_socket_server('tcp://[::1]:0'),
                'udp' => stream_socket_server('udp://127.0.0.1:0', $code, $text, STREAM_SERVER_BIND),
                'unix' => stream_socket_server("unix://\0imported" . getmypid() . ' ' . ++$number),
                'pair' => stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0)[0],
                'file' => tmpfile(),
            };
            $families_of = ['tcp' => AF_INET, 'tcp6' => AF_INET6, 'udp' => AF_INET, 'unix' => AF_UNIX, 'pair' => AF_UNIX, 'file' => 0];
            $socket = socket_import_stream($stream);
            if ($socket) {
                socket_set_option($socket, SOL_SOCKET, SO_REUSEADDR, 0); // the two set it for different streams
            }
            return store($call[0], $socket, $families_of[$call[1]]);
        case 'fill':
            for ($count = 0; $families[$call[0]] === AF_UNIX && $count < 1000; $count++) {
                if (!socket_write($s, str_repeat('x', 5000))) {
                    break;
                }
            }
            return $count > 0;
        case 'import_stream':
            return socket_import_stream($call[0] === 'file' ? tmpfile() : stream_socket_server('tcp://127.0.0.1:0'));
    }
}

/** A blocking call that ends after a moment. */
function blocking(int $slot, string $what, int $other): mixed
{
    global $slots, $families;
    $s = $slots[$slot];
    $moment = ['sec' => 0, 'usec' => 1000];
    socket_set_option($s, SOL_SOCKET, SO_RCVTIMEO, $moment);
    socket_set_option($s, SOL_SOCKET, SO_SNDTIMEO, $moment);
    socket_set_block($s);
    $message = ['name' => [], 'buffer_size' => 100, 'controllen' => 100];
    show(fn() => match ($what) {
        'read' => socket_read($s, 100),
        'recv' => socket_recv($s, $data, 100, MSG_WAITALL),
        'recvfrom' => socket_recvfrom($s, $data, 100, 0, $address, $port),
        'recvmsg' => socket_recvmsg($s, $message),
        'accept' => socket_accept($s),
        'connect' => socket_connect($s, ...target($slot, $other)),
        'write' => socket_write($s, 'x'),
        'sendto' => socket_sendto($s, 'x', 1, 0, ...target($slot, $other)),
        'sendmsg' => socket_sendmsg($s, ['iov' => ['x', 'y']]),
    });
    $errors = [in_array($what, ['accept', 'recvmsg']) ? null : last($s), socket_last_error()];
    socket_set_nonblock($s);
    socket_clear_error($s);
    return $errors;
}

/** Waits until what was sent can be read. */
function arrived(Socket $socket): void
{
    [$read, $none] = [[$socket], null];
    socket_select($read, $none, $none, 5);
}

/** Two ends of a connection. */
function connected(int $family, string $address): array
{
    [$ours, $listener] = [socket_create($family, SOCK_STREAM, 0), socket_create($family, SOCK_STREAM, 0)];
    socket_bind($listener, $family === AF_INET6 ? '::' : $address);
    socket_listen($listener);
    socket_getsockname($listener, $name, $port);
    socket_connect($ours, $address, $port);
    return [$ours, socket_accept($listener)];
}

/** A socket, or the two ends of a connection, in a state that random calls seldom lead to. */
function state(int $slot, int $other, string $kind): mixed
{
    static $full = null, $waiting = null;
    $reset = fn(Socket $socket) => socket_set_option($socket, SOL_SOCKET, SO_LINGER, ['l_onoff' => 1, 'l_linger' => 0]);
    switch ($kind) {
        case 'reset':
            [$ours, $theirs] = connected(AF_INET, '127.0.0.1');
            $reset($theirs);
            socket_close($theirs);
            arrived($ours);
            return store($slot, $ours, AF_INET);
        case 'accepted after a reset':
            $listener = socket_create_listen(0);
            socket_getsockname($listener, $address, $port);
            $theirs = socket_create(AF_INET, SOCK_STREAM, 0);
            socket_connect($theirs, '127.0.0.1', $port);
            arrived($listener);
            $reset($theirs);
            socket_close($theirs);
            return store($slot, $listener, AF_INET);
        case 'in progress':
            if (!$full) {
                // The queue has room for one.
                $full = socket_create_listen(0, 0);
                socket_getsockname($full, $address, $port);
                $waiting = socket_create(AF_INET, SOCK_STREAM, 0);
                socket_connect($waiting, '127.0.0.1', $port);
                arrived($full);
            }
            socket_getsockname($full, $address, $port);
            $ours = socket_create(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
            socket_connect($ours, '127.0.0.1', $port);
            return store($slot, $ours, AF_INET);
        case 'refused':
            [$ours, $theirs] = [socket_create(AF_INET, SOCK_DGRAM, 0), socket_create(AF_INET, SOCK_DGRAM, 0)];
            socket_bind($theirs, '127.0.0.1');
            socket_getsockname($theirs, $address, $port);
            socket_connect($ours, $address, $port);
            socket_close($theirs);
            socket_write($ours, 'x');
            arrived($ours);
            return store($slot, $ours, AF_INET);
        case 'stream left':
        case 'datagrams left':
        case 'packets left':
            // With something unread.
            $types = ['stream left' => SOCK_STREAM, 'datagrams left' => SOCK_DGRAM, 'packets left' => SOCK_SEQPACKET];
            socket_create_pair(AF_UNIX, $types[$kind], 0, $pair);
            socket_write($pair[0], 'unread');
            socket_write($pair[1], 'left');
            socket_close($pair[1]);
            return store($slot, $pair[0], AF_UNIX);
    }
    $family = $kind === 'mapped' ? AF_INET6 : AF_INET;
    [$ours, $theirs] = connected($family, '127.0.0.1');
    [$done, $sent] = match ($kind) {
        'mapped' => [true, socket_write($ours, 'as IPv6')],
        'half closed' => [socket_write($ours, 'last') === 4, socket_shutdown($ours, SHUT_WR)],
        'deaf' => [socket_shutdown($theirs, SHUT_RD), socket_write($ours, 'unheard')],
        'urgent' => [socket_write($ours, 'a'), socket_send($ours, 'bc', 2, MSG_OOB)],
    };
    arrived($theirs);
    store($slot, $ours, $family);
    return [$done, $sent, store($other, $theirs, $family)];
}

/** A call while no descriptor is left. */
function exhausted(int $slot, string $what): mixed
{
    global $slots, $families;
    $s = $slots[$slot];
    $all = [];
    while ($one = @socket_create(AF_UNIX, SOCK_DGRAM, 0)) {
        $all[] = $one;
    }
    socket_clear_error();
    $message = ['buffer_size' => 100, 'controllen' => 100];
    $result = null;
    try {
        $result = match ($what) {
            'accept' => socket_accept($s),
            'recvmsg' => socket_recvmsg($s, $message, 0),
            'export' => socket_export_stream($s) !== false,
            'interface' => socket_set_option($s, IPPROTO_IPV6, IPV6_MULTICAST_IF, 'lo'),
            'multicast' => socket_set_option($s, IPPROTO_IP, IP_MULTICAST_IF, 1),
            'bind' => in_array($families[$slot], [AF_INET, AF_INET6]) ? socket_bind($s, 'localhost') : null,
            'lookup' => socket_addrinfo_lookup('localhost', 'http', ['ai_socktype' => 1], $code),
            'poll' => socket_get_option($s, IPPROTO_IP, IP_MULTICAST_IF),
        };
    } finally {
        array_map(socket_close(...), $all);
        clear($s);
    }
    return $what === 'recvmsg' && $result !== false ? [$result, $message['flags']] : $result;
}

posix_setrlimit(POSIX_RLIMIT_NOFILE, 60, 60);
foreach (is_file($argv[1]) ? file($argv[1], FILE_IGNORE_NEW_LINES) : [] as $line) {
    $call = json_decode($line, true, flags: JSON_THROW_ON_ERROR);
    $clear = array_pop($call);
    echo "#$line\n";
    show(fn() => call($call));
    $s = is_int($call[1] ?? null) && $call[1] >= 0 && $call[1] < 8 ? $slots[$call[1]] : null;
    show([$s === null ? null : last($s), socket_last_error()]);
    if ($clear) {
        clear($s);
        clear(null);
    }
}

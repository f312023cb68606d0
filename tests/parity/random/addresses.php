<?php
// What becomes of the addresses of the file $argv[1], one JSON array [family, text] a line; addresses.rs makes them.
$warnings = '';
set_error_handler(function (int $level, string $message): bool {
    // The number of a failed lookup is a deviation.
    $GLOBALS['warnings'] .= '; ' . preg_replace('/ \[-.*/', '', $message);
    return true;
});
foreach (is_file($argv[1]) ? file($argv[1], FILE_IGNORE_NEW_LINES) : [] as $line) {
    [$family, $text] = json_decode($line, flags: JSON_THROW_ON_ERROR);
    [$bound, $connected, $warnings] = ['-', '-', ''];
    $socket = socket_create($family, SOCK_DGRAM, 0);
    if (socket_bind($socket, $text)) {
        socket_getsockname($socket, $bound);
    }
    $socket = socket_create($family, SOCK_DGRAM, 0);
    if (socket_connect($socket, $text, 9)) {
        socket_getpeername($socket, $connected);
    }
    $hints = ['ai_family' => $family, 'ai_socktype' => SOCK_DGRAM, 'ai_flags' => AI_NUMERICHOST | AI_CANONNAME];
    $found = socket_addrinfo_lookup($text, '9', $hints, $code);
    echo "$line $bound $connected ", describe($found ? array_map(socket_addrinfo_explain(...), $found) : $code), "$warnings\n";
}

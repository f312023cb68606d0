<?php
function code(string $host, ?string $service, array $hints): void
{
    show([socket_addrinfo_lookup($host, $service, $hints, $code), $code]);
}

// A name is encoded before anything is asked for, and text is UTF-8.
foreach (['bücher.invalid', '中文.invalid', 'xn--bcher-kva.invalid', "\u{200d}", '..', str_repeat('ü', 200)] as $host) {
    foreach ([0, AI_IDN, AI_CANONIDN, AI_IDN | AI_CANONNAME] as $flags) {
        code($host, null, ['ai_flags' => $flags | AI_NUMERICHOST]);
    }
}

// Of several mistakes one is told.
code('127.0.0.1', '-1', ['ai_socktype' => 99]);
code('127.0.0.1', '70000', ['ai_socktype' => 99]);
code('127.0.0.1', '70000', ['ai_flags' => 1 << 20]);
code('127.0.0.1', '70000', ['ai_family' => AF_INET6]);
code('::1', '70000', ['ai_family' => AF_INET]);
code('127.0.0.1', '70000', ['ai_socktype' => SOCK_DGRAM, 'ai_protocol' => SOL_TCP]);
code('::g', '70000', ['ai_flags' => AI_NUMERICHOST]);
code('', '70000', []);
code('127.0.0.1', '-1', ['ai_flags' => AI_NUMERICSERV]);
code('127.0.0.1', '80x', ['ai_flags' => AI_NUMERICSERV]);

<?php
function explained(string $host, string $service, array $hints): void
{
    $addresses = socket_addrinfo_lookup($host, $service, $hints);
    show($addresses);
    foreach ($addresses ?: [] as $address) {
        show(socket_addrinfo_explain($address));
    }
}

explained('127.0.0.1', '80', ['ai_socktype' => SOCK_STREAM]);
explained('127.0.0.1', '80', ['ai_socktype' => SOCK_DGRAM]);
explained('127.0.0.1', '80', ['ai_socktype' => SOCK_RAW]);
explained('127.0.0.1', '80', ['ai_protocol' => SOL_UDP]);
explained('127.0.0.1', '80', ['ai_family' => AF_INET, 'ai_socktype' => SOCK_STREAM]);
explained('localhost', '80', ['ai_family' => AF_INET, 'ai_socktype' => SOCK_STREAM]);
explained('127.0.0.1', '80', ['ai_family' => AF_INET6, 'ai_flags' => AI_V4MAPPED, 'ai_socktype' => SOCK_STREAM]);
explained('127.0.0.1', '80', ['ai_flags' => AI_NUMERICHOST | AI_NUMERICSERV, 'ai_socktype' => SOCK_STREAM]);

// Hints that allow nothing.
explained('localhost', '80', ['ai_flags' => AI_NUMERICHOST]);
explained('127.0.0.1', 'http', ['ai_flags' => AI_NUMERICSERV]);
explained('127.0.0.1', '80', ['ai_family' => AF_INET6]);
explained('127.0.0.1', '80', ['ai_socktype' => 99]);

// Hints that PHP 8.5 refuses.
show(fn() => socket_addrinfo_lookup('127.0.0.1', '80', ['ai_family' => AF_UNIX]));
show(fn() => socket_addrinfo_lookup('127.0.0.1', '80', ['ai_socktype' => -1]));
show(fn() => socket_addrinfo_lookup('127.0.0.1', '80', ['ai_flags' => -1, 'ai_family' => 99]));

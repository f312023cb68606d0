<?php
function explained(string $host, ?string $service): void
{
    $addresses = socket_addrinfo_lookup($host, $service);
    show($addresses);
    foreach ($addresses ?: [] as $address) {
        show(socket_addrinfo_explain($address));
    }
}

explained('127.0.0.1', null);
explained('127.0.0.1', '80');
explained('127.0.0.1', '');
explained('127.0.0.1', '70000');
explained('::1', '443');
explained('0', '80');
explained('127.1', '80');
explained('localhost', '80');

// Nothing found: false, without a warning and without a number.
explained('', '80');
explained('::g', '80');
explained('127.0.0.1', '-1');
explained('127.0.0.1', 'no such service');
show(socket_last_error());

<?php
$hints = ['ai_flags' => AI_CANONNAME, 'ai_family' => AF_INET];
foreach (socket_addrinfo_lookup('127.0.0.1', '80', $hints) as $address) {
    show(socket_addrinfo_explain($address));
}

<?php
show(socket_create(AF_INET, SOCK_STREAM, SOL_TCP));
show(socket_create(AF_INET, SOCK_STREAM, 0));
show(socket_create(AF_INET, SOCK_DGRAM, SOL_UDP));
show(socket_create(AF_INET6, SOCK_STREAM, SOL_TCP));
show(socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP));
show(socket_create(AF_UNIX, SOCK_STREAM, 0));
show(socket_create(AF_UNIX, SOCK_DGRAM, 0));
show(socket_create(AF_UNIX, SOCK_SEQPACKET, 0));

// What the system refuses.
show(socket_create(AF_INET, SOCK_STREAM, SOL_UDP));
show(socket_last_error());
show(socket_create(AF_INET, SOCK_SEQPACKET, 0));
show(socket_last_error());
show(socket_create(AF_INET, SOCK_RDM, 0));
show(socket_create(AF_UNIX, SOCK_STREAM, 99));
show(socket_create(AF_INET, 0, 0));
show(socket_create(AF_INET, -1, 0));
show(socket_last_error());

// What PHP refuses: no number is recorded.
socket_clear_error();
show(fn() => socket_create(99, SOCK_STREAM, 0));
show(fn() => socket_create(AF_INET, 11, 0));
show(socket_last_error());

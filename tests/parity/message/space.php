<?php
show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS));
show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 0));
show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1));
show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 2));
show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 3));
show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1000));
show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1073741823));
show(socket_cmsg_space(SOL_SOCKET, SCM_CREDENTIALS));
show(socket_cmsg_space(SOL_SOCKET, SCM_CREDENTIALS, 3));
show(socket_cmsg_space(IPPROTO_IPV6, IPV6_PKTINFO));
show(socket_cmsg_space(IPPROTO_IPV6, IPV6_HOPLIMIT));
show(socket_cmsg_space(IPPROTO_IPV6, IPV6_TCLASS));
show(fn() => socket_cmsg_space(SOL_SOCKET, 99));
show(fn() => socket_cmsg_space(99, SCM_RIGHTS));
show(fn() => socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, -1));

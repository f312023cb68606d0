use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, None));
    show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 0));
    show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1));
    show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 2));
    show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 3));
    show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1000));
    show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1073741823));
    show(socket_cmsg_space(SOL_SOCKET, SCM_CREDENTIALS, None));
    show(socket_cmsg_space(SOL_SOCKET, SCM_CREDENTIALS, 3));
    show(socket_cmsg_space(IPPROTO_IPV6, IPV6_PKTINFO, None));
    show(socket_cmsg_space(IPPROTO_IPV6, IPV6_HOPLIMIT, None));
    show(socket_cmsg_space(IPPROTO_IPV6, IPV6_TCLASS, None));
    show(socket_cmsg_space(SOL_SOCKET, 99, None));
    show(socket_cmsg_space(99, SCM_RIGHTS, None));
    show(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, -1));
    Ok(())
}

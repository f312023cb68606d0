//! WebSocket (RFC 6455) on top of the socket functions.

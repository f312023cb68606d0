// An echo server on uWebSockets, or with the second argument `broadcast` one that sends each message to everybody;
// with `deflate` or `deflate-alone` an echo with permessage-deflate, with or without context takeover. Built with OpenSSL
// it speaks TLS, with the certificate that all have.

#include "App.h"

#include <cstdlib>
#include <iostream>
#include <string>

struct Nothing {};

int main(int argc, char **argv) {
    if (argc < 2) {
        return EXIT_FAILURE;
    }
    const std::string address = argv[1];
    const size_t colon = address.rfind(':');

#ifdef LIBUS_USE_OPENSSL
    using App = uWS::SSLApp;
    const uWS::SocketContextOptions options = {
        .key_file_name = "target/certificate/key.pem",
        .cert_file_name = "target/certificate/certificate.pem",
    };
#else
    using App = uWS::App;
    const uWS::SocketContextOptions options;
#endif
    App app(options);
    App::WebSocketBehavior<Nothing> behavior;
    const std::string mode = argc > 2 ? argv[2] : "";
    behavior.compression = uWS::DISABLED;
    if (mode == "deflate") {
        behavior.compression = uWS::CompressOptions(uWS::DEDICATED_COMPRESSOR_256KB | uWS::DEDICATED_DECOMPRESSOR);
    } else if (mode == "deflate-alone") {
        behavior.compression = uWS::CompressOptions(uWS::SHARED_COMPRESSOR | uWS::SHARED_DECOMPRESSOR);
    }
    const bool compress = behavior.compression != uWS::DISABLED;
    behavior.maxPayloadLength = 64 << 20;
    behavior.maxBackpressure = 65 << 20;
    if (mode == "broadcast") {
        behavior.open = [](auto *ws) { ws->subscribe("all"); };
        behavior.message = [&app](auto *, std::string_view message, uWS::OpCode type) { app.publish("all", message, type); };
    } else {
        behavior.message = [compress](auto *ws, std::string_view message, uWS::OpCode type) { ws->send(message, type, compress); };
    }
    app.ws<Nothing>("/*", std::move(behavior));
    app.listen(address.substr(0, colon), std::stoi(address.substr(colon + 1)), [](us_listen_socket_t *socket) {
        if (!socket) {
            std::exit(EXIT_FAILURE);
        }
        const int port = us_socket_local_port(0, reinterpret_cast<us_socket_t *>(socket));
        std::cout << "listening on 127.0.0.1:" << port << std::endl;
    });
    app.run();
    return EXIT_FAILURE;
}

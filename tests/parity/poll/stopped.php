<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    // Ctrl-Z and fg, without any handler.
    $process = proc_open(['sh', '-c', 'sleep 0.2; kill -STOP ' . getmypid() . '; sleep 0.1; kill -CONT ' . getmypid()], [], $pipes);
    attempt(fn () => $context->wait(milliseconds(1000)));
    proc_close($process);
}

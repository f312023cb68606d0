<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    // Ctrl-Z and fg, without any handler; once alone could be before the wait.
    $own = getmypid();
    $process = proc_open(['sh', '-c', "until [ -e over ]; do kill -STOP $own; sleep 0.1; kill -CONT $own; sleep 0.1; done; rm over"], [], $pipes);
    attempt(fn () => $context->wait(milliseconds($backend === Backend::Epoll ? 20000 : 1000)));
    touch('over');
    proc_close($process);
}

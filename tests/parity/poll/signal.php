<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    pcntl_async_signals(true);
    pcntl_signal(SIGUSR1, fn () => null);
    [$a, $b] = streams();
    $context->add(new StreamPollHandle($a), [Event::Read], 1);
    $start = microtime(true);
    // One alone could come before the wait.
    $process = proc_open(['sh', '-c', 'until [ -e over ]; do kill -USR1 ' . getmypid() . '; sleep 0.1; done; rm over'], [], $pipes);
    attempt(fn () => $context->wait(milliseconds(20000)));
    show(microtime(true) - $start < 19);
    touch('over');
    proc_close($process);
    fwrite($b, 'x');
    found($context->wait(milliseconds(5000)));
}

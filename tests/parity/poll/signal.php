<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    pcntl_async_signals(true);
    pcntl_signal(SIGUSR1, fn () => null);
    [$a, $b] = streams();
    $context->add(new StreamPollHandle($a), [Event::Read], 1);
    $start = microtime(true);
    $process = proc_open(['sh', '-c', 'sleep 0.2; kill -USR1 ' . getmypid()], [], $pipes);
    attempt(fn () => $context->wait(milliseconds(5000)));
    show(microtime(true) - $start < 4);
    proc_close($process);
    fwrite($b, 'x');
    found($context->wait(milliseconds(5000)));
}

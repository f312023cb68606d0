<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    // None is left for a context; those who wait already go on.
    [$a, $b] = streams();
    $context->add(new StreamPollHandle($a), [Event::Write], 1);
    posix_setrlimit(POSIX_RLIMIT_NOFILE, 10, 2048);
    $files = [];
    while ($file = @fopen('/dev/null', 'r')) {
        $files[] = $file;
    }
    attempt(fn () => new Context(Backend::Epoll));
    found($context->wait(milliseconds(5000)));
    unset($files, $file);
    posix_setrlimit(POSIX_RLIMIT_NOFILE, 2048, 2048);
    attempt(fn () => new Context(Backend::Epoll));
}

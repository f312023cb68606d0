<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $context->add(new StreamPollHandle($a), [Event::Read], 1);
    foreach ([0, 1, 999, 1001, 25_500] as $microseconds) {
        $start = hrtime(true);
        found($context->wait(Time\Duration::fromMicroseconds($microseconds)));
        show(hrtime(true) - $start >= $microseconds * 1000);
    }
    // What is ready does not wait, however long the time is.
    fwrite($b, 'x');
    found($context->wait(Time\Duration::fromSeconds(3_000_000)));
    found($context->wait());
    found($context->wait(null, null));
}

<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    for ($round = 0; $round < 5; $round++) {
        [$a, $b] = streams();
        $context->add(new StreamPollHandle($a), [Event::Read], "old $round");
        fwrite($b, 'x');
        fclose($a);
        // Its number is used again.
        [$c, $d] = streams();
        $context->add(new StreamPollHandle($c), [Event::Read], "new $round");
        found($context->wait(milliseconds(1)));
        fwrite($d, 'x');
        found($context->wait(milliseconds(5000)));
        fclose($c);
    }
}

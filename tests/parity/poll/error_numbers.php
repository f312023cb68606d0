<?php
use Io\Poll\{Backend, Context, Event};

$constants = (new ReflectionClass(Io\Poll\FailedPollOperationException::class))->getConstants();
foreach ($constants as $name => $number) {
    echo "$name: $number\n";
}

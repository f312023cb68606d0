<?php
for ($number = -2; $number <= 133; ++$number) {
    echo $number, ' ', socket_strerror($number), "\n";
}
foreach ([9999, 2147483647, -2147483648, -10000, -10001, -10002, -10003, -10004, -10005, -20000] as $number) {
    echo $number, ' ', socket_strerror($number), "\n";
}

<?php // PHP's stream wrapper.   php get.php PORT NAME CA.pem
[, $port, $name, $ca] = $argv;
$context = stream_context_create(["ssl" => ["cafile" => $ca, "peer_name" => $name]]);
$stream = stream_socket_client("tls://127.0.0.1:$port", $code, $text, 30, STREAM_CLIENT_CONNECT, $context);
if ($stream === false) {
    exit(1);
}
fwrite($stream, "GET / HTTP/1.0\r\n\r\n");
echo stream_get_contents($stream);

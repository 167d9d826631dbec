# Perl's IO::Socket::SSL, below LWP too.   perl get.pl PORT NAME CA.pem
use strict;
use warnings;
use IO::Socket::SSL;

my ($port, $name, $ca) = @ARGV;
my $socket = IO::Socket::SSL->new(
    PeerAddr => "127.0.0.1", PeerPort => $port, SSL_ca_file => $ca,
    SSL_hostname => $name, SSL_verifycn_name => $name, SSL_verifycn_scheme => "http",
) or die "$SSL_ERROR\n";
print $socket "GET / HTTP/1.0\r\n\r\n";
print while <$socket>;

# Ruby's openssl as net/http uses it.   ruby get.rb PORT NAME CA.pem
require "openssl"
require "socket"

port, name, ca = ARGV
context = OpenSSL::SSL::SSLContext.new
context.set_params(ca_file: ca, verify_mode: OpenSSL::SSL::VERIFY_PEER, verify_hostname: true)
socket = OpenSSL::SSL::SSLSocket.new(TCPSocket.new("127.0.0.1", port.to_i), context)
socket.sync_close = true
socket.hostname = name
begin
  socket.connect
  socket.post_connection_check(name)
  socket.write("GET / HTTP/1.0\r\n\r\n")
  print socket.read
rescue OpenSSL::SSL::SSLError => refused
  abort refused.message
end

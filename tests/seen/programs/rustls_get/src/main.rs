// rustls with its safe defaults.   rustls_get PORT NAME CA.der
use std::io::{Read, Write};
use std::sync::Arc;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(&rustls::Certificate(std::fs::read(&arguments[3]).expect("CA"))).expect("CA");
    let config = rustls::ClientConfig::builder()
        .with_safe_defaults()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = arguments[2].as_str().try_into().expect("name");
    let mut session = rustls::ClientConnection::new(Arc::new(config), name).expect("session");
    let mut socket = std::net::TcpStream::connect(format!("127.0.0.1:{}", arguments[1])).expect("connection");
    let mut stream = rustls::Stream::new(&mut session, &mut socket);
    if let Err(refused) = stream.write_all(b"GET / HTTP/1.0\r\n\r\n") {
        eprintln!("{refused}");
        std::process::exit(1);
    }
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("page");
    print!("{page}");
}

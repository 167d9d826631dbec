// Go's crypto/tls.   get PORT NAME CA.pem
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"os"
)

func main() {
	port, name, ca := os.Args[1], os.Args[2], os.Args[3]
	pem, err := os.ReadFile(ca)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	connection, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{RootCAs: roots, ServerName: name})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprint(connection, "GET / HTTP/1.0\r\n\r\n")
	io.Copy(os.Stdout, connection)
	connection.Close()
}

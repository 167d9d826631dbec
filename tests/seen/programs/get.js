// Node's tls module.   node get.js PORT NAME CA.pem
const fs = require("fs");
const tls = require("tls");

const [port, name, ca] = process.argv.slice(2);
const socket = tls.connect({host: "127.0.0.1", port, servername: name, ca: fs.readFileSync(ca)}, () => {
    socket.write("GET / HTTP/1.0\r\n\r\n");
});
socket.pipe(process.stdout);
socket.on("error", (refused) => {
    console.error(refused.message);
    process.exitCode = 1;
});

/**
 * Connections to other programs and hosts: bytes both ways, by sockets of TCP or of the host, plain
 * or by TLS, with an end to each wait. It knows no protocol above.
 */
package atoll.line;

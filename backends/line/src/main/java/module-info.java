/** Connections: bytes both ways by sockets, plain or by TLS. */
module atoll.line {
  requires atoll.host;

  exports atoll.line to
      atoll.nbd,
      atoll.migration,
      atoll.manager;
}
